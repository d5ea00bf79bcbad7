import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** One mail as a mail server got it. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: string;
  /** The whole of it as it came over the line, headers and both bodies. */
  readonly raw: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  header(name: string): string | null;
}

export type MailRefusal = 'dead-mailbox' | 'later' | 'never';

/** A mail server over real SMTP, which can refuse on demand. */
export interface MailServer {
  readonly url: string;
  readonly received: readonly ReceivedMail[];
  /** Refuses every mail so until told otherwise; null: takes them. */
  refuse(how: MailRefusal | null): void;
  close(): Promise<void>;
}

const decoded = (body: string, encoding: string): string => {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
};

const headerOf = (raw: string, name: string): string | null => {
  const head = (raw.split('\r\n\r\n')[0] ?? '').replace(/\r\n[ \t]+/g, ' ');
  const line = head.split('\r\n').find((each) => each.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line === undefined ? null : line.slice(name.length + 1).trim();
};

/** RFC 2047 words, as far as a subject of ours needs them. */
const wordsOf = (text: string): string =>
  text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?UTF-8\?([QB])\?([^?]*)\?=/gi, (_all, kind: string, word: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString()
        : decoded(word.replaceAll('_', ' '), 'quoted-printable'),
    );

function partOf(raw: string, type: string): string {
  const boundary = /boundary="?([^";\r\n]+)"?/.exec(raw)?.[1] ?? '';
  for (const part of raw.split(`--${boundary}`)) {
    const trimmed = part.replace(/^\r\n/, '');
    if (!(headerOf(trimmed, 'content-type') ?? '').startsWith(type)) continue;
    const body = trimmed.slice(trimmed.indexOf('\r\n\r\n') + 4);
    return decoded(body, (headerOf(trimmed, 'content-transfer-encoding') ?? '7bit').toLowerCase());
  }
  return '';
}

const refusalOf = (code: number, text: string): Error =>
  Object.assign(new Error(text), { responseCode: code });

export async function startMailServer(): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  let refusal: MailRefusal | null = null;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo(_address, _session, callback) {
      if (refusal === 'dead-mailbox') callback(refusalOf(550, '5.1.1 no such mailbox'));
      else if (refusal === 'later') callback(refusalOf(451, '4.3.0 try again later'));
      else callback();
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refusal === 'never') {
          callback(refusalOf(554, '5.7.1 not wanted'));
          return;
        }
        const raw = Buffer.concat(chunks).toString('latin1');
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo[0]?.address ?? '',
          raw,
          subject: wordsOf(headerOf(raw, 'subject') ?? ''),
          text: partOf(raw, 'text/plain'),
          html: partOf(raw, 'text/html'),
          header: (name) => headerOf(raw, name),
        });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${String(port)}`,
    received,
    refuse(how) {
      refusal = how;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
