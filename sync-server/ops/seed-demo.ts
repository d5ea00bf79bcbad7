import type { PasswordCost } from '#server/auth/passwords.ts';
import { createPasswords } from '#server/auth/passwords.ts';
import { createAccounts } from '#server/auth/accounts.ts';
import type { DemoSignIns } from '#server/auth/session-routes.ts';
import { buildDemoHospital, type DemoHospital } from '#server/demo/build-demo-hospital.ts';
import type { Sealer } from '#server/keys/sealer.ts';
import type { Database, DocumentStore } from '#server/store/port.ts';
import { canonicalEvent } from '#shared/event/canonical.ts';
import { instantSchema, type Clock } from '#shared/lib/instant.ts';
import { changeDocument } from './change-document.ts';

/** Known to everybody, and good for nothing but the demo. */
export const demoPassword = 'demo-hospital';
const demoSeedId = 'demo-seed';
const demoBegunId = 'demo-seed-begun';
const batchDocuments = 200;

export const demoSignInsOf = (hospital: Pick<DemoHospital, 'signIns'>): DemoSignIns => ({
  people: hospital.signIns.map(({ description, email, name }) => ({
    email,
    password: demoPassword,
    name,
    description,
  })),
});

export const isDemoSeeded = async (meta: Database): Promise<boolean> => (await meta.get(demoSeedId)) !== null;

/** Fixed, so that every demo is the same hospital; only its dates move. */
const demoSeed = 4711;

/**
 * Writes the demo hospital; once. An interrupted seeding is repeated for the moment at which it began: the documents are then the same, and
 * those that are there stay.
 */
export async function seedDemo(deps: {
  store: DocumentStore;
  sealer: Sealer;
  clock: Clock;
  passwordCost: PasswordCost;
  progress: (line: string) => void;
}): Promise<void> {
  const { clock, progress, sealer, store } = deps;
  const meta = store.database('meta');
  await changeDocument(meta, demoBegunId, (held) =>
    held === null ? { kind: 'demo-seed-begun', at: clock.now() } : null,
  );
  const begun = await meta.get(demoBegunId);
  const hospital = buildDemoHospital({
    seed: demoSeed,
    now: instantSchema.parse(begun?.body['at']),
    sealEvent: (event, stamps) => sealer.seal(canonicalEvent(event), stamps),
  });

  async function write(
    name: 'directory' | 'patients' | 'consults' | 'alerts' | 'claims',
    documents: readonly { id: string }[],
  ): Promise<void> {
    for (let from = 0; from < documents.length; from += batchDocuments) {
      const batch = documents.slice(from, from + batchDocuments);
      const outcomes = await store
        .database(name)
        .write(batch.map((document) => ({ id: document.id, body: { ...document } })));
      const refused = outcomes.find((outcome) => outcome.type === 'rejected');
      if (refused?.type === 'rejected') throw new Error(`the demo cannot be stored: ${refused.reason}`);
      progress(`${name}: ${Math.min(from + batchDocuments, documents.length)} of ${documents.length}`);
    }
  }
  await write('directory', hospital.directory);
  await write('patients', hospital.patients);
  await write('claims', hospital.references);
  await write('consults', hospital.consults);
  await write('alerts', hospital.alerts);

  const accounts = createAccounts(store.database('accounts'));
  // One hash for all: the password is no secret, and a hundred hashes take a while.
  const passwordHash = await createPasswords(deps.passwordCost).hash(demoPassword);
  for (const { person, email } of hospital.accounts) {
    await accounts.create({ person, email, at: clock.now() });
    await accounts.setPassword(person, passwordHash, clock.now());
  }
  progress(`sign-ins: ${hospital.accounts.length}`);
  await changeDocument(meta, demoSeedId, () => ({
    kind: 'demo-seed',
    seededAt: clock.now(),
    signIns: hospital.signIns,
  }));
}

/** Who can sign in, from the store, so that the second start need not build the hospital anew. */
export async function storedDemoSignIns(meta: Database): Promise<DemoSignIns> {
  const held = await meta.get(demoSeedId);
  const signIns = (held?.body['signIns'] ?? []) as DemoHospital['signIns'];
  return demoSignInsOf({ signIns });
}
