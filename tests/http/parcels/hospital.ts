import type { StoredAuditEntry } from '#server/audit/audit.ts';
import { openProduct, type Product } from '#server/compose/product-module.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { createTestScheduler, testDirectory, TestTablet } from '#tests/http/sync/gateway.ts';
import { startTestServer, type TestServer, type TestServerOptions, type TestSession } from '#tests/server.ts';
import { uuidOf } from '#tests/builders.ts';
import { SigningTablet } from './signing-tablet.ts';

export interface ParcelHospital {
  readonly server: TestServer;
  readonly product: Product;
  /** Signs in on the ward's one tablet, or on another one by its name. */
  tablet(person: Person, device?: string): Promise<TestTablet>;
  /** As `tablet`, with a signing key the server knows. */
  signing(person: Person, device?: string): Promise<SigningTablet>;
  events(collection: 'consults' | 'patients', id: string): Promise<HeldEvent[]>;
  audited(): Promise<readonly StoredAuditEntry[]>;
  /** Ids of all that anybody's request may leave behind. */
  documents(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function startParcelHospital(options: TestServerOptions = {}): Promise<ParcelHospital> {
  const opened: Product[] = [];
  const server = await startTestServer({
    directory: testDirectory,
    ...options,
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
  const accounts = new Set<string>();

  async function tablet(person: Person, device = 'ward'): Promise<TestTablet> {
    const email = `${uuidOf(person.name)}@hospital.test`;
    if (!accounts.has(email)) await server.addAccount(person.id, email);
    accounts.add(email);
    const id = uuidOf(`device ${device}`) as TestSession['device'];
    return new TestTablet(await server.signIn(email, { device: { id } }), server);
  }

  return {
    server,
    product,
    tablet,
    signing: async (person, device) => (await SigningTablet.with(await tablet(person, device))).register(),
    async events(collection, id) {
      const held = await server.store.database(collection).get(id);
      return (held?.body['events'] ?? []) as HeldEvent[];
    },
    async audited() {
      const rows = await server.store
        .database('audit')
        .scan({ startKey: 'entry:', endKey: 'entry:~', limit: 1000, includeDocs: true });
      return rows
        .filter(({ doc }) => doc?.body['kind'] === 'audit-entry')
        .map(({ doc }) => doc?.body as unknown as StoredAuditEntry);
    },
    async documents() {
      await product.sync.settled();
      const listed = await Promise.all(
        (['consults', 'patients', 'claims', 'accounts', 'quarantine', 'attachments'] as const).map((name) =>
          server.store.database(name).scan({ startKey: '', limit: 1000 }),
        ),
      );
      return listed.flatMap((rows) => rows.map(({ id }) => id)).sort();
    },
    close: () => server.close(),
  };
}
