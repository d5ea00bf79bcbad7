import { auditKeyOf } from '#server/audit/entry-hash.ts';
import { verifyAudit } from '#server/audit/verify.ts';
import { openStore } from '#server/compose.ts';
import { checksOf, keysFrom, storedChecks } from '#server/keys/keys.ts';
import { secretNames, type SecretName } from '#server/keys/secret-names.ts';
import { auditVerdictSchema, type AuditFault, type AuditVerdict } from '#shared/audit/protocol.ts';
import { CommandFailed, type CommandDeps } from './commands.ts';

const words: Readonly<Record<AuditFault['type'], string>> = {
  changed: 'says something else than when it was stored',
  removed: 'was removed',
  'out-of-place': 'stands in the place of another',
  order: 'does not follow the one before it',
  'cut-short': 'was there once: the end of the chain was cut off',
  'head-changed': 'is not what a server of this hospital wrote',
  'head-removed': 'was removed',
  added: 'was written by another hand',
};

/** With the store itself, while no server has it. Throws `StoreLocked` where one has it and does not answer. */
async function verifyStore({ config, designFolder }: CommandDeps): Promise<AuditVerdict> {
  const { secrets } = config;
  const texts = secretNames.flatMap((name) => {
    const text = secrets[name];
    return text === undefined ? [] : [[name, text] as const];
  });
  if (texts.length < secretNames.length)
    throw new CommandFailed(
      'The secrets are not here: without them nobody can tell a true entry from another.',
    );
  const all = Object.fromEntries(texts) as Record<SecretName, string>;
  const store = await openStore(config.store, designFolder);
  try {
    const known = await storedChecks(store.database('meta'));
    if (known?.SEAL_KEY !== undefined && known.SEAL_KEY !== checksOf(all).SEAL_KEY)
      throw new CommandFailed('These are not the secrets of this store.');
    return await verifyAudit(store.database('audit'), auditKeyOf(keysFrom(all).seal));
  } finally {
    await store.close();
  }
}

/** Says what it finds, with places and no content; false when the audit is not whole. */
export async function verifyAuditCommand(deps: CommandDeps): Promise<boolean> {
  const answer = await deps.client.ask('GET', '/verify-audit');
  if (answer !== null && answer.status !== 200)
    throw new CommandFailed(`The server refused (${answer.status}).`);
  const verdict = answer === null ? await verifyStore(deps) : auditVerdictSchema.parse(await answer.json());
  const { chains, entries, faultCount, faults, inTransit, isWhole, moved, torn, unchained } = verdict;
  for (const { type, where, count } of faults)
    deps.say(`BAD   ${where}${count > 1 ? ` and ${count - 1} after it` : ''} ${words[type]}`);
  const told = faults.reduce((sum, { count }) => sum + count, 0);
  if (faultCount > told) deps.say(`BAD   and ${faultCount - told} more`);
  if (unchained > 0)
    deps.say(
      `look  ${unchained} entries are older than the chain: nobody can say whether they are as they were`,
    );
  if (torn > 0)
    deps.say(`look  ${torn} places at the end of a chain were never filled: a server ended there`);
  if (inTransit > 0) deps.say(`look  ${inTransit} entries are on their way into a chain`);
  for (const { process, count, hash } of verdict.heads)
    deps.say(`      ${process}: ${count} entries, ${hash}`);
  deps.say(
    isWhole
      ? `ok    the audit is whole: ${entries} entries in ${chains} chains, ${moved} out of documents`
      : `BAD   the audit is not whole: ${faultCount} faults`,
  );
  return isWhole;
}
