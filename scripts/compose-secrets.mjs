// Fills ./secrets for docker-compose.yml. Never overwrites: run it again after an update to get what is new.
// The folder is closed to others; the files in it are readable, because each container has a user of its own.
import { createECDH, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, say } from './lib/run.mjs';

const folder = join(root, 'secrets');
mkdirSync(folder, { recursive: true, mode: 0o700 });

/**
 * @param {string} name
 * @param {() => string} content
 * @returns {string} what the file holds now
 */
function keep(name, content) {
  const path = join(folder, name);
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  writeFileSync(path, `${content()}\n`, { mode: 0o444, flag: 'wx' });
  say(`secrets/${name} written`);
  return readFileSync(path, 'utf8').trim();
}

const hex = (/** @type {number} */ bytes) => randomBytes(bytes).toString('hex');

const password = keep('couchdb-password', () => hex(24));
keep('couchdb.ini', () =>
  [
    '[couchdb]',
    `uuid = ${hex(16)}`,
    '',
    '[admins]',
    `consult = ${password}`,
    '',
    '[chttpd_auth]',
    `secret = ${hex(32)}`,
  ].join('\n'),
);
keep('couchdb-url', () => `http://consult:${password}@couchdb:5984`);
for (const node of [1, 2])
  keep(`couchdb-url-${node}`, () => `http://consult:${password}@couchdb-${node}.store.internal:5984`);

// The server's own keys, the same for every gateway; 32 bytes each (sync-server/keys).
const key = () => randomBytes(32).toString('base64url');
keep('session-key', key);
keep('seal-key', key);
keep('parcel-key', key);
keep('vapid-private-key', () => {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  // Leading zeros are part of the key, and Node leaves them out.
  return Buffer.from(pair.getPrivateKey('hex').padStart(64, '0'), 'hex').toString('base64url');
});

// Alerts: the gateway for SMS gets this secret too; the mail server's address is the hospital's to write in.
keep('alert-webhook-secret', () => hex(32));
keep('smtp-url', () => '');
// Sign-in at the hospital's issuer: the secret it gave out is the hospital's to write in.
keep('oidc-client-secret', () => '');

keep('erlang-cookie', () => hex(32));

for (const name of ['tls.crt', 'tls.key'])
  if (!existsSync(join(folder, name)))
    say(`secrets/${name} is missing: put the hospital's certificate there.`);
