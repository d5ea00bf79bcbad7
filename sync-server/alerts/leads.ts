import type { Logger } from 'pino';
import { z } from 'zod';
import { addMs, instantSchema, latest, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { Database, StoredDocument } from '#server/store/port.ts';

/**
 * Tells other gateways that this one lives and is still at what it began. Only a gateway that takes longer than usual says so, so that
 * on a good day nothing is written; one that says nothing and has sent nothing is taken for dead.
 */
export interface Leads {
  /** This gateway's own name. */
  readonly gateway: string;
  /** To be called about once a second or oftener. `isBusy`: alerts have been under way here for longer than a moment. Returns at once. */
  keep(isBusy: boolean): void;
  /**
   * Until when a gateway has said that it lives and is busy; null: it has not said so lately. `of` null: of all others together, for what nobody knows the
   * maker of. This gateway itself is never waited for. Throws `StoreUnavailable`.
   */
  busyUntil(of: string | null): Promise<Instant | null>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** Longer than two calls of `keep` lie apart. */
const holdsMs = 3_000;
/** What was said holds for this much longer: it is not said again yet. */
const freshMs = 2_000;
const prefix = 'lead:';

const leadSchema = z.looseObject({ kind: z.literal('lead'), gateway: z.string(), until: instantSchema });

export function createLeads(deps: {
  readonly database: Database;
  readonly gateway: string;
  readonly clock: Clock;
  readonly logger: Logger;
}): Leads {
  const { database, gateway, clock, logger } = deps;
  const id = prefix + gateway;
  let rev: string | undefined;
  let writing: Promise<void> | null = null;
  let saidUntil: Instant | null = null;
  /** Questions under way: many alerts of one gateway ask in the same moment. */
  const asking = new Map<string | null, Promise<readonly (StoredDocument | null | undefined)[]>>();

  /** `until` null: takes it back. */
  async function write(until: Instant | null): Promise<void> {
    try {
      const body = { kind: 'lead', gateway, until: until ?? clock.now() };
      const [outcome] = await database.write([{ id, rev, body, deleted: until === null }]);
      if (outcome?.type === 'written') {
        rev = until === null ? undefined : outcome.rev;
        saidUntil = until;
      }
      // Nobody else writes it: its own write of before a lost answer.
      else rev = (await database.get(id))?.rev;
    } catch (cause) {
      logger.warn({ err: cause }, 'other gateways could not be told that this one is busy');
    }
  }

  async function read(of: string | null): Promise<readonly (StoredDocument | null | undefined)[]> {
    if (of !== null) return [await database.get(prefix + of)];
    const rows = await database.scan({
      startKey: prefix,
      endKey: `${prefix}\uffff`,
      limit: 100,
      includeDocs: true,
    });
    return rows.map(({ doc }) => doc);
  }

  return {
    gateway,
    keep(isBusy) {
      if (writing !== null || (!isBusy && rev === undefined)) return;
      if (isBusy && saidUntil !== null && saidUntil > addMs(clock.now(), freshMs)) return;
      writing = write(isBusy ? addMs(clock.now(), holdsMs) : null).finally(() => (writing = null));
    },
    async busyUntil(of) {
      if (of === gateway) return null;
      let asked = asking.get(of);
      if (asked === undefined) {
        asked = read(of).finally(() => asking.delete(of));
        asking.set(of, asked);
      }
      const documents = await asked;
      const now = clock.now();
      return documents.reduce<Instant | null>((until, document) => {
        const lead = leadSchema.safeParse(document?.body).data;
        if (lead === undefined || lead.gateway === gateway || lead.until <= now) return until;
        return until === null ? lead.until : latest(until, lead.until);
      }, null);
    },
    idle: () => writing ?? Promise.resolve(),
  };
}
