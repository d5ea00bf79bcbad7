import { generate } from 'selfsigned';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentSchema, loadConfig } from '#server/config.ts';
import { makeSecret } from '#server/keys/keys.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hc-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const faultsOf = (environment: Record<string, string>, mode: 'demo' | 'production' = 'production') => {
  const loaded = loadConfig(mode, { DATA_DIR: folder, ...environment });
  return loaded.ok ? [] : loaded.error.map((one) => one.variable);
};
const configOf = (environment: Record<string, string>, mode: 'demo' | 'production' = 'production') => {
  const loaded = loadConfig(mode, { DATA_DIR: folder, ...environment });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
};
const fileWith = (text: string) => {
  const path = join(folder, `file-${Math.abs(text.length)}-${text.slice(0, 3)}`);
  writeFileSync(path, text);
  return path;
};
const goodSecrets = () => ({
  SESSION_KEY: makeSecret('SESSION_KEY'),
  SEAL_KEY: makeSecret('SEAL_KEY'),
  PARCEL_KEY: makeSecret('PARCEL_KEY'),
  VAPID_PRIVATE_KEY: makeSecret('VAPID_PRIVATE_KEY'),
});

const selfSigned = () => generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec' });

describe('the environment', () => {
  it('needs nothing', () => {
    expect(configOf({})).toMatchObject({
      port: 8080,
      host: null,
      publicOrigin: 'http://localhost:8080',
      tls: null,
      mayMakeSecrets: true,
    });
  });

  it('the demo listens on this machine alone, in a folder of its own, whatever COUCHDB_URL says', () => {
    const demo = configOf({ COUCHDB_URL: 'http://a:longenoughpassword@couch:5984' }, 'demo');
    expect(demo).toMatchObject({
      host: '127.0.0.1',
      instanceFolder: join(folder, 'demo'),
      store: { type: 'embedded' },
    });
    expect(configOf({ HOST: '0.0.0.0' }, 'demo').host).toBe('0.0.0.0');
  });

  it('OPS-1 names every bad variable at once', () => {
    const faults = faultsOf({
      PORT: 'eighty',
      PUBLIC_ORIGIN: 'https://host/path',
      COUCHDB_URL: 'http://admin:admin@couch:5984',
      TLS_CERT_FILE: '/nowhere/cert.pem',
      SESSION_KEY: 'changeme',
      SEAL_KEY_FILE: '/nowhere/seal',
      LOG_LEVEL: 'loud',
      TRUSTED_PROXY_HOPS: '-1',
    });
    expect(faults).toEqual([
      'PORT',
      'PUBLIC_ORIGIN',
      'COUCHDB_URL',
      'TLS_CERT_FILE',
      'TLS_KEY_FILE',
      'TRUSTED_PROXY_HOPS',
      'LOG_LEVEL',
      'SESSION_KEY',
      'SEAL_KEY_FILE',
      'PARCEL_KEY',
      'VAPID_PRIVATE_KEY',
    ]);
  });

  it('says no value in what it complains about', () => {
    const loaded = loadConfig('production', {
      DATA_DIR: folder,
      SESSION_KEY: 'my-own-secret',
      COUCHDB_URL: 'http://u:hunter2hunter@couch',
      PORT: 'x9x9',
    });
    expect(JSON.stringify(loaded)).not.toMatch(/my-own-secret|hunter2|x9x9/);
  });

  it.each([
    ['text', 'correct horse battery staple'],
    ['too short', 'c2hvcnQ'],
    ['all the same', Buffer.alloc(32, 7).toString('base64url')],
    ['letters as bytes', Buffer.from('abcdefghijklmnopqrstuvwxyz012345').toString('base64url')],
  ])('OPS-1 refuses a weak secret: %s', (_why, secret) => {
    expect(faultsOf({ SEAL_KEY: secret })).toEqual(['SEAL_KEY']);
  });

  it('with CouchDB wants all secrets, from the environment or from files', () => {
    const url = { COUCHDB_URL: 'http://hc:correct-horse-9@couch:5984' };
    expect(faultsOf(url)).toEqual(['SESSION_KEY', 'SEAL_KEY', 'PARCEL_KEY', 'VAPID_PRIVATE_KEY']);
    const { SEAL_KEY, ...others } = goodSecrets();
    const config = configOf({ ...url, ...others, SEAL_KEY_FILE: fileWith(`${SEAL_KEY}\n`) });
    expect(config.secrets.SEAL_KEY).toBe(SEAL_KEY);
    expect(config.store).toEqual({ type: 'couchdb', url: url.COUCHDB_URL, prefix: 'hc-' });
    expect(config.mayMakeSecrets).toBe(false);
  });

  it('takes COUCHDB_URL from a file', () => {
    const config = configOf({
      COUCHDB_URL_FILE: fileWith('http://hc:correct-horse-9@couch:5984\n'),
      ...goodSecrets(),
    });
    expect(config.store.type).toBe('couchdb');
  });

  it('refuses a value and its file together', () => {
    const secret = makeSecret('SEAL_KEY');
    expect(faultsOf({ SEAL_KEY: secret, SEAL_KEY_FILE: fileWith(secret) })).toEqual(['SEAL_KEY']);
  });

  it('wants both TLS files or neither', () => {
    expect(faultsOf({ TLS_KEY_FILE: fileWith('pem') })).toEqual(['TLS_CERT_FILE']);
  });

  it('wants a certificate and the key that belongs to it', async () => {
    const [one, other] = await Promise.all([selfSigned(), selfSigned()]);
    const cert = fileWith(one.cert);
    expect(configOf({ TLS_CERT_FILE: cert, TLS_KEY_FILE: fileWith(one.private) })).toMatchObject({
      tls: { cert: one.cert.trim() },
      publicOrigin: 'https://localhost:8080',
    });
    expect(faultsOf({ TLS_CERT_FILE: cert, TLS_KEY_FILE: fileWith(other.private) })).toEqual([
      'TLS_CERT_FILE',
    ]);
    expect(faultsOf({ TLS_CERT_FILE: fileWith('pem'), TLS_KEY_FILE: fileWith('pem') })).toEqual([
      'TLS_CERT_FILE',
    ]);
  });

  it('takes push services as host names and nothing else', () => {
    expect(configOf({ PUSH_SERVICES: 'fcm.googleapis.com, .push.apple.com' }).pushServices).toEqual([
      'fcm.googleapis.com',
      '.push.apple.com',
    ]);
    expect(faultsOf({ PUSH_SERVICES: 'https://fcm.googleapis.com/x' })).toEqual(['PUSH_SERVICES']);
  });

  it('ALE-7 takes an address for the outside ping, without a name or password in it', () => {
    expect(configOf({}).heartbeatUrl).toBeNull();
    expect(configOf({ HEARTBEAT_URL: 'https://watch.example/ping/abc' }).heartbeatUrl).toBe(
      'https://watch.example/ping/abc',
    );
    expect(faultsOf({ HEARTBEAT_URL: 'watch.example' })).toEqual(['HEARTBEAT_URL']);
    expect(faultsOf({ HEARTBEAT_URL: 'ftp://watch.example/x' })).toEqual(['HEARTBEAT_URL']);
    expect(faultsOf({ HEARTBEAT_URL: 'https://me:secret@watch.example/x' })).toEqual(['HEARTBEAT_URL']);
  });
});

describe('channels for alerts besides web push', () => {
  const webhook = {
    ALERT_WEBHOOK_URL: 'https://sms.hospital.test/send',
    ALERT_WEBHOOK_SECRET: 's'.repeat(40),
  };
  const mail = {
    SMTP_URL: 'smtp://consults:secret@mail.hospital.test:587',
    MAIL_FROM: 'Consults <c@hospital.test>',
  };

  it('none is set up by default', () => {
    expect(configOf({}).outside).toEqual({ mail: null, webhook: null });
  });

  it('takes both, secrets from files as well', () => {
    expect(configOf({ ...mail, ...webhook }).outside).toEqual({
      mail: { url: mail.SMTP_URL, from: mail.MAIL_FROM },
      webhook: { url: webhook.ALERT_WEBHOOK_URL, secret: webhook.ALERT_WEBHOOK_SECRET },
    });
    const { outside } = configOf({
      SMTP_URL_FILE: fileWith(`${mail.SMTP_URL}\n`),
      MAIL_FROM: 'c@hospital.test',
      ALERT_WEBHOOK_URL: webhook.ALERT_WEBHOOK_URL,
      ALERT_WEBHOOK_SECRET_FILE: fileWith(webhook.ALERT_WEBHOOK_SECRET),
    });
    expect([outside.mail?.url, outside.webhook?.secret]).toEqual([
      mail.SMTP_URL,
      webhook.ALERT_WEBHOOK_SECRET,
    ]);
  });

  it('refuses a file without a URL in it', () => {
    expect(faultsOf({ MAIL_FROM: mail.MAIL_FROM, SMTP_URL_FILE: fileWith('mail.hospital.test') })).toEqual([
      'SMTP_URL',
    ]);
  });

  it('an empty file is not set: the container’s installation begins with one', () => {
    expect(configOf({ SMTP_URL_FILE: fileWith('\n') }).outside.mail).toBeNull();
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['a mail server without a sender', { SMTP_URL: mail.SMTP_URL }, ['MAIL_FROM']],
    ['a sender that is no address', { ...mail, MAIL_FROM: 'Consults' }, ['MAIL_FROM']],
    [
      'a sender with a second header in it',
      { ...mail, MAIL_FROM: 'a@b.test\r\nBcc: x@y.test' },
      ['MAIL_FROM'],
    ],
    ['a mail server that is a web page', { ...mail, SMTP_URL: 'https://mail.hospital.test' }, ['SMTP_URL']],
    [
      'a gateway without a secret',
      { ALERT_WEBHOOK_URL: webhook.ALERT_WEBHOOK_URL },
      ['ALERT_WEBHOOK_SECRET'],
    ],
    ['a secret anybody can guess', { ...webhook, ALERT_WEBHOOK_SECRET: 'secret' }, ['ALERT_WEBHOOK_SECRET']],
    ['a gateway that is no URL', { ...webhook, ALERT_WEBHOOK_URL: 'sms' }, ['ALERT_WEBHOOK_URL']],
  ])('refuses %s', (_why, variables, faults) => expect(faultsOf(variables)).toEqual(faults));
});

describe('PEO-5 the hospital’s own sign-in', () => {
  const all = {
    OIDC_ISSUER: 'https://accounts.google.com',
    OIDC_CLIENT_ID: 'consult.apps',
    OIDC_CLIENT_SECRET: 'secret of the issuer',
    OIDC_ALLOWED_DOMAINS: 'Hospital.test, clinic.hospital.test',
  };

  it('is not set up by default, and named by its host where nobody names it', () => {
    expect(configOf({}).openId).toBeNull();
    expect(configOf(all).openId).toEqual({
      issuer: all.OIDC_ISSUER,
      clientId: all.OIDC_CLIENT_ID,
      clientSecret: all.OIDC_CLIENT_SECRET,
      allowedDomains: ['hospital.test', 'clinic.hospital.test'],
      name: 'accounts.google.com',
    });
    expect(configOf({ ...all, OIDC_NAME: 'Google' }).openId?.name).toBe('Google');
  });

  it('takes the secret from a file; an empty one, as the container begins with, is not set', () => {
    const { OIDC_CLIENT_SECRET: _secret, ...rest } = all;
    expect(
      configOf({ ...rest, OIDC_CLIENT_SECRET_FILE: fileWith('from a file\n') }).openId?.clientSecret,
    ).toBe('from a file');
    expect(configOf({ OIDC_CLIENT_SECRET_FILE: fileWith('\n') }).openId).toBeNull();
    expect(faultsOf({ ...rest, OIDC_CLIENT_SECRET_FILE: fileWith('\n') })).toEqual(['OIDC_CLIENT_SECRET']);
  });

  it.each<[string, Record<string, string>, string[]]>([
    [
      'an issuer alone',
      { OIDC_ISSUER: all.OIDC_ISSUER },
      ['OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_ALLOWED_DOMAINS'],
    ],
    ['an issuer in the clear', { ...all, OIDC_ISSUER: 'http://issuer.hospital.test' }, ['OIDC_ISSUER']],
    ['an issuer with a password in it', { ...all, OIDC_ISSUER: 'https://a:b@issuer.test' }, ['OIDC_ISSUER']],
    [
      'domains that are addresses',
      { ...all, OIDC_ALLOWED_DOMAINS: '@hospital.test' },
      ['OIDC_ALLOWED_DOMAINS'],
    ],
    ['every domain there is', { ...all, OIDC_ALLOWED_DOMAINS: '*' }, ['OIDC_ALLOWED_DOMAINS']],
  ])('refuses %s', (_why, variables, faults) => expect(faultsOf(variables)).toEqual(faults));
});

describe('.env.example', () => {
  const lines = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8').split('\n');
  const example = Object.fromEntries(
    lines
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

  it('names every variable the server reads, and no other', () => {
    expect(Object.keys(example).sort()).toEqual(Object.keys(environmentSchema.shape).sort());
  });

  it('works as it is', () => {
    for (const mode of ['demo', 'production'] as const)
      expect(loadConfig(mode, { ...example, DATA_DIR: folder }).ok).toBe(true);
  });
});
