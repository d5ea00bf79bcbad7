import { isIP } from 'node:net';

/** Push services of today's browsers: Chrome and its kin, Firefox, Safari, Edge. An entry that begins with a dot is all hosts below. */
export const browserPushServices: readonly string[] = [
  'fcm.googleapis.com',
  'jmt17.google.com',
  '.push.services.mozilla.com',
  '.push.apple.com',
  '.notify.windows.com',
];

/** Whether the server may send to an address that a browser gave us. A person signed in must not make this server call others in the house. */
export type AcceptsEndpoint = (endpoint: string) => boolean;

const innerSuffixes = [
  '.local',
  '.internal',
  '.lan',
  '.intranet',
  '.corp',
  '.localdomain',
  '.home.arpa',
  '.localhost',
];

/** A name or an address that cannot be a browser's push service: an IP literal, a bare name, a name of inner networks. */
function isInner(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return isIP(host) !== 0 || !host.includes('.') || innerSuffixes.some((suffix) => host.endsWith(suffix));
}

const isLoopback = (hostname: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(hostname);

function parsed(endpoint: string): URL | null {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  return url?.protocol === 'https:' && url.username === '' && url.password === '' ? url : null;
}

/**
 * Only these services: `name` on the usual port, `name:port` on that one (tests bring their own push service so), `.name` for all below it.
 */
export const onlyServices =
  (services: readonly string[]): AcceptsEndpoint =>
  (endpoint) => {
    const url = parsed(endpoint);
    if (url === null) return false;
    if (services.includes(url.host)) return true;
    return (
      url.port === '' &&
      !isInner(url.hostname) &&
      services.some((service) => service.startsWith('.') && url.hostname.endsWith(service))
    );
  };

/** For development and for programs that name no services: whatever is public, and this machine. */
export const publicOrLoopback: AcceptsEndpoint = (endpoint) => {
  const url = parsed(endpoint);
  return url !== null && (isLoopback(url.hostname) || !isInner(url.hostname));
};
