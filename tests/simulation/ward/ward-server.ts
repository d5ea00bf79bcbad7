import { openProduct, type Product } from '#server/compose/product-module.ts';
import type { Keys } from '#server/keys/keys.ts';
import { createGrants } from '#server/parcels/grants.ts';
import { createSigningKeys } from '#server/parcels/signing-keys.ts';
import { recoveryModule } from '#server/recovery/recovery-module.ts';
import type { DocumentStore } from '#server/store/port.ts';
import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import type { Person } from '#shared/directory/staff.ts';
import { startTestServer, testKeys, type TestServer } from '#tests/server.ts';
import { during, type Activity } from '../activity.ts';
import type { Gateway } from '../gateway.ts';
import { createProgramTime, type ProgramTime, type VirtualTime } from '../virtual-time.ts';

/** The whole server of the product, over one store, started and stopped many times. */
export interface WardServer extends Gateway {
  readonly addAccount: (person: Person) => Promise<void>;
  /** Withdraws a device for ever, as an administrator does. */
  revoke(device: DeviceId, by: PersonId): Promise<void>;
  /** Ends the signing keys of a person, as a reset does. */
  endKeys(person: PersonId, device: DeviceId | null): Promise<void>;
  readonly running: () => Running;
}

interface Running {
  readonly server: TestServer;
  readonly product: Product;
  readonly program: ProgramTime;
}

export interface WardServerParts {
  readonly store: DocumentStore;
  readonly time: VirtualTime;
  readonly activity: Activity;
  onBug(what: string): void;
}

export const emailOf = (person: { readonly id: string }): string => `${person.id}@hospital.test`;

let keys: Keys | null = null;
/** Alerts and due times are other suites' matter: here they are looked at now and then. */
const seldomMs = 20_000;

export function createWardServer(parts: WardServerParts): WardServer {
  const { store, time, activity } = parts;
  let running: Running | null = null;
  let lives = 0;
  const accounts = new Set<string>();

  async function open(): Promise<Running> {
    const opened: Product[] = [];
    keys ??= testKeys();
    const program = createProgramTime(time, (cause) =>
      parts.onBug(`a timer of the server threw: ${String(cause)}`),
    );
    const scheduler: ProgramTime['server'] = {
      every: (ms, run) => program.server.every(Math.max(ms, seldomMs), run),
    };
    const server = await startTestServer({
      store,
      keys,
      clock: { now: () => time.clock.now(), advance: () => undefined, set: () => undefined },
      modules: [
        async (given) => {
          const product = await openProduct(given, { scheduler, gateway: `life ${String(lives)}` });
          opened.push(product);
          return product;
        },
        recoveryModule(),
      ],
    });
    const [product] = opened;
    if (product === undefined) throw new Error('the product was not opened');
    return { server, product, program };
  }

  const now = (): Running => {
    if (running === null) throw new Error('the server is down');
    return running;
  };
  const unknown = { device: null, address: 'simulated' } as const;

  return {
    name: 'ward',
    isUp: () => running !== null,
    life: () => lives,
    running: now,
    async start() {
      if (running !== null) return;
      lives++;
      running = await during(activity, 'the server starts', open);
    },
    async stop() {
      const old = running;
      running = null;
      lives++;
      if (old === null) return;
      await during(activity, 'the server stops', async () => {
        old.server.beginClosing();
        await old.server.close();
        old.program.kill();
      });
    },
    kill() {
      running?.program.kill();
      running = null;
      lives++;
    },
    async request(path, init) {
      if (running === null) throw new TypeError('nobody listens');
      const { app } = running.server;
      const response = await during(activity, `the server answers ${path}`, async () =>
        app.request(path, init),
      );
      if (response.status === 500) parts.onBug(`answered 500 at ${path}: ${await response.clone().text()}`);
      return response;
    },
    async addAccount(person) {
      if (accounts.has(person.id)) return;
      accounts.add(person.id);
      await during(activity, 'an account', () => now().server.addAccount(person.id, emailOf(person)));
    },
    async revoke(device, by) {
      const at = time.clock.now();
      const { devices } = now().server.parts;
      await during(activity, 'a device is withdrawn', async () => {
        await devices.revoke(
          device,
          { reason: 'lost', by, at },
          { actor: { ...unknown, person: null, at }, act: { action: 'device.revoke', subjects: [device] } },
        );
        await devices.idle();
      });
    },
    async endKeys(person, device) {
      const { parts: given } = now().server;
      const signingKeys = createSigningKeys({
        accounts: given.store.database('accounts'),
        grants: createGrants(given.keys.seal),
      });
      await during(activity, 'keys are ended', () => signingKeys.end({ person, device }, time.clock.now()));
    },
  };
}
