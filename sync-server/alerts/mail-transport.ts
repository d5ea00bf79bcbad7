import { createTransport } from 'nodemailer';
import type { MailConfig } from './outside-config.ts';

const timeoutMs = 15_000;
const maxConnections = 4;

/** A pooled connection to the hospital's mail server, as its address says. */
export function createMailTransport(config: MailConfig) {
  const url = new URL(config.url);
  const isSecure = url.protocol === 'smtps:';
  return createTransport({
    pool: true,
    maxConnections,
    host: url.hostname,
    port: Number(url.port === '' ? (isSecure ? 465 : 587) : url.port),
    secure: isSecure,
    requireTLS: url.searchParams.get('requireTLS') === 'true',
    ignoreTLS: url.searchParams.get('ignoreTLS') === 'true',
    ...(url.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
