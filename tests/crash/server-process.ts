import { join } from 'node:path';
import pino from 'pino';
import { createPasswords } from '#server/auth/passwords.ts';
import { compose, openStore, productModules } from '#server/compose.ts';
import { loadStaticFiles } from '#server/http/static-files.ts';
import { listen } from '#server/ops/listener.ts';
import { systemClock } from '#server/ops/system-clock.ts';
import { departments, organisation, people } from '#tests/builders.ts';
import { testPassword, testPasswordCost } from '#tests/server.ts';
import { keysIn } from './secrets.ts';

/**
 * The whole server over the embedded store in one folder, to be killed: `server-process.ts <folder>`. Says `listening <port>`.
 * Only the password's cost and the limits on guessing differ from production.
 */
const folder = process.argv[2];
if (folder === undefined) throw new Error('a folder is needed');
const store = await openStore({ type: 'embedded', folder: join(folder, 'store') }, 'couchdb');
const keys = await keysIn(folder);

const directory = store.database('directory');
const documents = [organisation(), ...Object.values(departments), ...Object.values(people)];
const held = await directory.getMany(documents.map((document) => document.id));
await directory.write(
  documents.flatMap((document, at) =>
    held[at] === null ? [{ id: document.id, body: { ...document } }] : [],
  ),
);
const noLimit = { burst: 1e9, perSecond: 1e9 };
const server = await compose({
  store,
  keys,
  clock: systemClock,
  logger: pino({ level: 'silent' }),
  publicOrigin: 'http://localhost',
  vapidSubject: 'mailto:it@hospital.test',
  pushServices: null,
  trustedProxyHops: 0,
  showsMetrics: false,
  cacheFolder: join(folder, 'cache'),
  passwordCost: testPasswordCost,
  rateLimits: { session: noLimit, signIn: noLimit },
  staticFiles: loadStaticFiles('/nowhere'),
  demoSignIns: null,
  modules: productModules,
});
const { accounts } = server.parts;
for (const [at, person] of [people.requester, people.requesterColleague].entries()) {
  const email = `doctor${String(at)}@hospital.test`;
  if ((await accounts.byEmail(email)) !== null) continue;
  await accounts.create({ person: person.id, email, at: systemClock.now() });
  await accounts.setPassword(
    person.id,
    await createPasswords(testPasswordCost).hash(testPassword),
    systemClock.now(),
  );
}
const listener = await listen(
  server.app,
  { host: '127.0.0.1', port: 0 },
  { tls: null, logger: pino({ level: 'silent' }) },
);
process.stdout.write(`listening ${String(listener.port)}\n`);
