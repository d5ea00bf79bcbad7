import { openProduct, type Product } from '#server/compose/product-module.ts';
import type { StoredAuditEntry } from '#server/audit/audit.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { createTestScheduler, testDirectory, TestTablet } from '#tests/http/sync/gateway.ts';
import { startTestServer, type TestServer, type TestSession } from '#tests/server.ts';
import { membership, departments, person, uuidOf } from '#tests/builders.ts';

/** People who have nothing to do with Medicine or Cardiology, where the patients of these tests lie. */
export const strangers = {
  surgeon: person('stranger surgeon', [membership(departments.surgery.id, 'doctor')]),
  clerk: person('stranger clerk', [membership(departments.surgery.id, 'clerk')], { designation: 'clerk' }),
} as const;

export interface PatientHospital {
  readonly server: TestServer;
  readonly product: Product;
  /** `again`: with a new session, when the old one has ended. */
  tablet(person: Person, options?: { again?: boolean }): Promise<TestTablet>;
  consult(id: string): Promise<Consult>;
  /** Everything that was recorded, oldest first. */
  audited(): Promise<readonly StoredAuditEntry[]>;
  /** All that was written has gone through the feed, and consults have followed their patients. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export async function startPatientHospital(): Promise<PatientHospital> {
  const opened: Product[] = [];
  const server = await startTestServer({
    directory: [...testDirectory, ...Object.values(strangers)],
    modules: [
      async (parts) => {
        const product = await openProduct(parts, { scheduler: createTestScheduler() });
        opened.push(product);
        return product;
      },
    ],
  });
  const [product] = opened;
  if (product === undefined) throw new Error('the product was not opened');
  const sessions = new Map<string, Promise<TestSession>>();

  async function signIn(who: Person): Promise<TestSession> {
    const email = `${uuidOf(who.name)}@hospital.test`;
    if (!sessions.has(who.id)) await server.addAccount(who.id, email);
    return server.signIn(email, { device: { id: uuidOf(`device ${who.name}`) as TestSession['device'] } });
  }

  return {
    server,
    product,
    async tablet(who, { again = false } = {}) {
      const held = sessions.get(who.id);
      const session = again || held === undefined ? signIn(who) : held;
      sessions.set(who.id, session);
      return new TestTablet(await session, server);
    },
    async consult(id) {
      const held = await server.store.database('consults').get(id);
      const consult = projectConsult((held?.body['events'] ?? []) as HeldEvent[]);
      if (consult === null) throw new Error('no consult');
      return consult;
    },
    async audited() {
      const { changes } = await server.store
        .database('audit')
        .changes({ since: null, limit: 1000, includeDocs: true });
      return changes
        .flatMap(({ doc }) =>
          doc?.body['kind'] === 'audit-entry' ? [doc.body as StoredAuditEntry & Record<string, unknown>] : [],
        )
        .sort((a, b) => (a.at < b.at ? -1 : 1));
    },
    async settled() {
      await product.sync.caughtUp();
      await product.patients.idle();
      await product.sync.settled();
      await product.sync.caughtUp();
      await product.patients.idle();
      await product.sync.caughtUp();
    },
    close: () => server.close(),
  };
}
