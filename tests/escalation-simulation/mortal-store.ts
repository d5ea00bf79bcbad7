import {
  StoreUnavailable,
  type Database,
  type DatabaseName,
  type DocumentStore,
  type Following,
  type Write,
  type WriteOutcome,
} from '#server/store/port.ts';

/** Where a gateway may die, in the order of one firing. */
export const phases = [
  'before the claim',
  'after the claim, before the timeline',
  'after the timeline, before the alert',
  'after the alert, before the push',
  'after the push, before the fact',
] as const;
export type Phase = (typeof phases)[number];

const hasEscalation = ({ body }: Write): boolean => {
  const events = body['events'];
  return Array.isArray(events) && (events.at(-1) as { type?: string } | undefined)?.type === 'escalated';
};
const isClaim = ({ id }: Write): boolean => id.startsWith('claim:');
const isNewAlert = ({ id, rev }: Write): boolean => rev === undefined && id.includes(':escalated:');

/** A store as one gateway sees it: from the moment the gateway dies nothing it asks is done any more. */
export interface MortalStore {
  readonly store: DocumentStore;
  /** Dies when it comes to this phase next; null: lives on. */
  arm(phase: Phase | null): void;
  die(): void;
  readonly isDead: boolean;
  /** True: the push may leave. Called by the sender at each push. */
  beforePush(): boolean;
  afterPush(): void;
}

export function createMortalStore(inner: DocumentStore): MortalStore {
  let armed: Phase | null = null;
  const life = { dead: false };
  const isDead = (): boolean => life.dead;
  const refuse = (): never => {
    throw new StoreUnavailable('this gateway is dead');
  };
  const die = (): void => {
    life.dead = true;
    armed = null;
  };
  const dieAt = (phase: Phase): boolean => {
    if (armed !== phase) return false;
    die();
    return true;
  };

  async function write(
    name: DatabaseName,
    database: Database,
    writes: readonly Write[],
  ): Promise<WriteOutcome[]> {
    if (isDead()) return refuse();
    if (name === 'claims' && writes.some(isClaim) && dieAt('before the claim')) return refuse();
    const outcomes = await database.write(writes);
    const died =
      (name === 'claims' && writes.some(isClaim) && dieAt('after the claim, before the timeline')) ||
      (name === 'consults' && writes.some(hasEscalation) && dieAt('after the timeline, before the alert')) ||
      (name === 'alerts' && writes.some(isNewAlert) && dieAt('after the alert, before the push'));
    return died || isDead() ? refuse() : outcomes;
  }

  function mortal(name: DatabaseName): Database {
    const database = inner.database(name);
    const guarded = new Map<string, unknown>([
      ['write', (writes: readonly Write[]) => write(name, database, writes)],
      [
        'follow',
        (options: Parameters<Database['follow']>[0]): Following =>
          database.follow({
            ...options,
            onChange: (page) => (isDead() ? Promise.resolve() : options.onChange(page)),
          }),
      ],
    ]);
    return new Proxy(database, {
      get(target, key) {
        const own = guarded.get(String(key));
        if (own !== undefined) return own;
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          if (isDead()) return Promise.reject(new StoreUnavailable('this gateway is dead'));
          return (value as (...all: unknown[]) => unknown).apply(target, given);
        };
      },
    });
  }

  const databases = new Map<DatabaseName, Database>();
  return {
    store: {
      database(name) {
        const held = databases.get(name) ?? mortal(name);
        databases.set(name, held);
        return held;
      },
      close: () => Promise.resolve(),
    },
    arm: (phase) => void (armed = phase),
    die,
    get isDead() {
      return isDead();
    },
    beforePush: () => !isDead(),
    afterPush: () => void dieAt('after the push, before the fact'),
  };
}
