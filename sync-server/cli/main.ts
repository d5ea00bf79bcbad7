import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '#server/config.ts';
import { createLogger } from '#server/ops/logger.ts';
import { systemClock } from '#server/ops/system-clock.ts';
import { StoreUnavailable } from '#server/store/port.ts';
import { backup, CommandFailed, createAdmin, doctor, restore, verify, type CommandDeps } from './commands.ts';
import { createOperatorClient } from './operator-client.ts';
import { CannotUnseal, defaultSealCost } from './sealed-file.ts';
import { verifyAuditCommand } from './verify-audit.ts';

const help = `npm run cli -- <command> [--demo]

  create-admin                    a one-time link that makes an administrator
  doctor                          what is well and what is not
  backup <file>                   writes a backup, while the server runs or not, and reads it back
  verify-audit                    says whether the audit was changed by anybody, and where; exit code 1 when it was
  verify <file>                   reads a backup to its end and writes nothing
  restore <file>                  puts a backup into a new, empty store
      --passphrase-file <file>    seals (or opens) the backup, and keeps the secrets beside it in <file>.keys
      --into-existing             restore: add what is missing to a store that is in use

  --demo                          the demo's data instead of the hospital's
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      demo: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      'passphrase-file': { type: 'string' },
      'into-existing': { type: 'boolean', default: false },
    },
  });
  const [command, file] = positionals;
  if (values.help || command === undefined || command === 'help') {
    say(help);
    return command === undefined && !values.help ? 2 : 0;
  }
  const config = loadConfig(values.demo ? 'demo' : 'production');
  if (!config.ok) {
    for (const { variable, fault } of config.error) complain(`${variable} ${fault}`);
    return 2;
  }
  const deps: CommandDeps = {
    config: config.value,
    client: createOperatorClient(config.value.instanceFolder),
    clock: systemClock,
    logger: createLogger('silent'),
    designFolder: join(process.cwd(), 'couchdb'),
    sealCost: defaultSealCost,
    say,
  };
  const fileOrFail = (): string => {
    if (file === undefined) throw new CommandFailed(`${command} needs the name of a file.`);
    return file;
  };
  switch (command) {
    case 'create-admin':
      await createAdmin(deps);
      return 0;
    case 'doctor':
      return (await doctor(deps)) ? 0 : 1;
    case 'backup':
      await backup(deps, fileOrFail(), values['passphrase-file']);
      return 0;
    case 'verify':
      await verify(deps, fileOrFail(), values['passphrase-file']);
      return 0;
    case 'verify-audit':
      return (await verifyAuditCommand(deps)) ? 0 : 1;
    case 'restore':
      await restore(deps, fileOrFail(), {
        passphraseFile: values['passphrase-file'],
        intoExisting: values['into-existing'],
      });
      return 0;
    default:
      complain(`There is no command of that name.\n\n${help}`);
      return 2;
  }
}

const isForTheOperator = (error: unknown): error is Error =>
  error instanceof CommandFailed ||
  error instanceof CannotUnseal ||
  error instanceof StoreUnavailable ||
  (error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^(ERR_PARSE_ARGS|E[A-Z]+$|Z_)/.test(error.code));

try {
  process.exitCode = await run();
} catch (error) {
  if (!isForTheOperator(error)) throw error;
  complain(error.message);
  process.exitCode = 1;
}
