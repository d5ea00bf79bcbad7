import { existsSync } from 'node:fs';
import { readFile, rename, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { openStore } from '#server/compose.ts';
import type { Config } from '#server/config.ts';
import { checksOf, saveSecrets, storeChecks, type KeyChecks } from '#server/keys/keys.ts';
import { secretNames, type SecretName } from '#server/keys/secret-names.ts';
import {
  backupLines,
  isNewStore,
  restoreBackup,
  verifyBackup,
  type BackupSummary,
} from '#server/ops/backup-stream.ts';
import type { Logger } from '#server/ops/logger.ts';
import { adminLinkSchema, makeAdminLink, storeState, storeStateSchema } from '#server/ops/operator.ts';
import type { DocumentStore } from '#server/store/port.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { problemSchema } from '#shared/lib/problem.ts';
import {
  backupFileBytes,
  backupFileLines,
  keysFileOf,
  readKeysFile,
  writeBackupFile,
  writeKeysFile,
} from './backup-file.ts';
import type { OperatorAnswer, OperatorClient } from './operator-client.ts';

/** What the operator is told when a command cannot do its work; the message is for them, without a stack. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

export interface CommandDeps {
  readonly config: Config;
  readonly client: OperatorClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The folder couchdb/ of this build. */
  readonly designFolder: string;
  /** How dear a guess at a passphrase is, as in sealed-file.ts. */
  readonly sealCost: number;
  /** One line on standard output. */
  say(line: string): void;
}

const secretsSchema = z.record(z.enum(secretNames), z.string());
const readinessSchema = z.object({ ready: z.boolean(), checks: z.record(z.string(), z.string()) });

/** Opens the store for one command; the running server, if there is one, has it already and was asked first. */
async function withStore<T>(deps: CommandDeps, work: (store: DocumentStore) => Promise<T>): Promise<T> {
  const store = await openStore(deps.config.store, deps.designFolder);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function answered<T>(answer: OperatorAnswer, schema: z.ZodType<T>): Promise<T> {
  const json = await answer.json();
  if (answer.status === 200) return schema.parse(json);
  const problem = problemSchema.safeParse(json);
  const detail = problem.success
    ? [problem.data.title, ...(problem.data.fields ?? []).map((field) => `${field.path}: ${field.message}`)]
    : [];
  throw new CommandFailed(`The server refused (${answer.status}). ${detail.join(' ')}`.trim());
}

export async function createAdmin(deps: CommandDeps): Promise<void> {
  const { clock, config } = deps;
  const answer = await deps.client.ask('POST', '/admin-link');
  const link =
    answer !== null
      ? await answered(answer, adminLinkSchema)
      : await withStore(deps, (store) => makeAdminLink({ store, clock, publicOrigin: config.publicOrigin }));
  deps.say('Open this once to become an administrator:');
  deps.say(`  ${link.address}`);
  deps.say(`It works until ${link.endsAt}, and only once.`);
}

const isPrivate = async (path: string): Promise<boolean> => ((await stat(path)).mode & 0o077) === 0;

/** Says what it finds, one line each; false when something needs mending. */
export async function doctor(deps: CommandDeps): Promise<boolean> {
  const { config } = deps;
  let isWell = true;
  const report = (state: 'ok' | 'look' | 'BAD', line: string): void => {
    if (state === 'BAD') isWell = false;
    deps.say(`${state.padEnd(5)} ${line}`);
  };
  report('ok', `configuration (${config.mode}, ${config.store.type} store, ${config.publicOrigin})`);

  const secrets = join(config.instanceFolder, 'secrets');
  if (existsSync(secrets))
    report((await isPrivate(secrets)) ? 'ok' : 'BAD', 'only the owner can read the secrets');
  if (existsSync(config.instanceFolder)) {
    const { bavail, bsize } = await statfs(config.instanceFolder);
    const freeGiB = (bavail * bsize) / 2 ** 30;
    report(freeGiB > 5 ? 'ok' : freeGiB > 1 ? 'look' : 'BAD', `${freeGiB.toFixed(1)} GiB free for data`);
  }
  const isFar = config.host !== '127.0.0.1' && !config.publicOrigin.startsWith('https:');
  if (isFar) report('look', 'no TLS: tablets can install the app from this machine itself only');

  const answer = await deps.client.ask('GET', '/state');
  const state =
    answer === null
      ? await withStore(deps, (store) => storeState(store, deps.clock))
      : await answered(answer, storeStateSchema.extend({ readiness: readinessSchema }));
  report(
    answer === null ? 'look' : 'ok',
    answer === null ? 'no server is running; the store was opened for this' : 'the server answers',
  );
  if ('readiness' in state) {
    const { checks } = readinessSchema.parse(state.readiness);
    for (const [name, found] of Object.entries(checks))
      report(found === 'ready' ? 'ok' : 'BAD', `${name}: ${found}`);
  }
  const given = secretNames.flatMap((name) => {
    const text = config.secrets[name];
    return text === undefined ? [] : [[name, text] as const];
  });
  if (given.length === secretNames.length) {
    const checks: Partial<Record<string, string>> = checksOf(
      Object.fromEntries(given) as Record<SecretName, string>,
    );
    const differing = secretNames.filter(
      (name) => state.keyChecks[name] !== undefined && state.keyChecks[name] !== checks[name],
    );
    report(
      differing.length === 0 ? 'ok' : 'BAD',
      differing.length === 0
        ? 'the secrets are those of the store'
        : `not the secrets of the store: ${differing.join(', ')}`,
    );
  } else
    report(
      state.isNew ? 'look' : 'BAD',
      `secrets not there: ${secretNames.filter((name) => config.secrets[name] === undefined).join(', ')}`,
    );
  report(
    state.administrators > 0 ? 'ok' : 'look',
    `${state.administrators} administrators${state.administrators === 0 ? ': run create-admin' : ''}`,
  );
  const documents = Object.entries(state.documents).map(([name, count]) => `${count} ${name}`);
  report('ok', `store epoch ${state.epoch ?? 'none yet'}: ${documents.join(', ')}`);
  return isWell;
}

async function readPassphrase(path: string | undefined): Promise<string | null> {
  if (path === undefined) return null;
  const text = (await readFile(path, 'utf8')).trim();
  if (text.length < 12) throw new CommandFailed('The passphrase needs 12 characters or more.');
  return text;
}

async function* bytesOf(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const line of lines) yield Buffer.from(`${line}\n`);
}

function sayCounts(deps: CommandDeps, { leaves, madeAt }: BackupSummary): void {
  deps.say(
    `  made at ${madeAt}: ${Object.entries(leaves)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}`,
  );
}

async function wholeBackup(
  deps: CommandDeps,
  path: string,
  passphrase: string | null,
): Promise<BackupSummary> {
  const verified = await verifyBackup(backupFileLines(path, passphrase));
  if (!verified.ok)
    throw new CommandFailed(`${path} cannot be used: ${verified.error.type.replaceAll('-', ' ')}.`);
  return verified.value;
}

export async function backup(
  deps: CommandDeps,
  path: string,
  passphraseFile: string | undefined,
): Promise<void> {
  const passphrase = await readPassphrase(passphraseFile);
  const sealing = passphrase === null ? null : { passphrase, cost: deps.sealCost };
  const answer = await deps.client.ask('GET', '/backup');
  if (answer !== null) {
    if (answer.status !== 200) throw new CommandFailed(`The server refused (${answer.status}).`);
    const body: AsyncIterable<Uint8Array> = answer.body;
    await writeBackupFile(path, body, sealing);
  } else
    await withStore(deps, (store) => writeBackupFile(path, bytesOf(backupLines(store, deps.clock)), sealing));
  const summary = await wholeBackup(deps, path, passphrase);
  deps.say(`Backed up and read back: ${path}`);
  sayCounts(deps, summary);
  if (sealing === null) {
    deps.say(
      '  Without the secrets (DATA_DIR/secrets): give --passphrase-file to have them beside it, or keep a copy of them elsewhere.',
    );
    return;
  }
  await writeKeysFile(keysFileOf(path), JSON.stringify(deps.config.secrets), sealing);
  deps.say(`  secrets, under the same passphrase: ${keysFileOf(path)}`);
}

export async function verify(
  deps: CommandDeps,
  path: string,
  passphraseFile: string | undefined,
): Promise<void> {
  const summary = await wholeBackup(deps, path, await readPassphrase(passphraseFile));
  deps.say(`${path} is whole.`);
  sayCounts(deps, summary);
}

const isSameKeys = (
  a: Readonly<Record<string, string | undefined>>,
  b: Readonly<Record<string, string | undefined>>,
): boolean => secretNames.every((name) => a[name] === b[name]);

const allSecrets = (secrets: Config['secrets']): Record<SecretName, string> | null => {
  const parsed = secretsSchema.safeParse(secrets);
  return parsed.success ? parsed.data : null;
};

/**
 * Puts the backup's secrets in place of this folder's, which belong to a store in which nobody has worked. The old ones are kept beside them.
 */
async function adoptKeys(
  deps: CommandDeps,
  path: string,
  passphrase: string | null,
  wanted: Partial<KeyChecks>,
): Promise<KeyChecks> {
  const keysPath = keysFileOf(path);
  if (passphrase === null || !existsSync(keysPath)) {
    throw new CommandFailed(
      `The secrets here are not those of the backup. Give --passphrase-file with ${keysPath} beside the backup, or put the right ones into DATA_DIR/secrets.`,
    );
  }
  const secrets = secretsSchema.parse(JSON.parse(await readKeysFile(keysPath, passphrase)));
  const checks = checksOf(secrets);
  if (!isSameKeys(checks, wanted)) throw new CommandFailed(`${keysPath} belongs to another backup.`);
  const folder = join(deps.config.instanceFolder, 'secrets');
  if (existsSync(folder)) await rename(folder, `${folder}-before-${deps.clock.now().replaceAll(':', '-')}`);
  await saveSecrets(folder, secrets);
  return checks;
}

/** With the server running it must have the backup's secrets already; without, they are taken from the keys file where the store is new. */
export async function restore(
  deps: CommandDeps,
  path: string,
  options: { passphraseFile: string | undefined; intoExisting: boolean },
): Promise<void> {
  const passphrase = await readPassphrase(options.passphraseFile);
  const summary = await wholeBackup(deps, path, passphrase);
  const refuseUsed = (): never => {
    throw new CommandFailed(
      'There is work in this store already. With --into-existing what is missing is added, and nothing is taken away.',
    );
  };
  const secrets = allSecrets(deps.config.secrets);

  const running = await deps.client.ask('GET', '/state');
  if (running !== null) {
    const state = await answered(running, storeStateSchema);
    if (!state.isNew && !options.intoExisting) refuseUsed();
    if (!isSameKeys(state.keyChecks, summary.keyChecks)) {
      throw new CommandFailed(
        'The running server has other secrets than the backup. Stop it, and run this again: then they are exchanged.',
      );
    }
    const target = `/restore${options.intoExisting ? '?into-existing=1' : ''}`;
    const answer = await deps.client.ask('POST', target, backupFileBytes(path, passphrase));
    if (answer === null)
      throw new CommandFailed('The server went away. Nothing is known about what it did: run this again.');
    await answered(answer, z.unknown());
  } else {
    await withStore(deps, async (store) => {
      const isNew = await isNewStore(store);
      if (!isNew && !options.intoExisting) refuseUsed();
      const isOurs = secrets !== null && isSameKeys(checksOf(secrets), summary.keyChecks);
      if (!isOurs && !isNew)
        throw new CommandFailed(
          'The backup was made under other secrets than this store: it cannot be added to it.',
        );
      if (!isOurs)
        await storeChecks(store.database('meta'), await adoptKeys(deps, path, passphrase, summary.keyChecks));
      const restored = await restoreBackup(store, backupFileLines(path, passphrase), deps.clock);
      if (!restored.ok)
        throw new CommandFailed(`The backup changed while it was read: ${restored.error.type}.`);
    });
  }
  deps.say(`Restored ${path}.`);
  sayCounts(deps, summary);
  deps.say('  Everybody signs in again. Tablets offer back what came after the backup.');
}
