import type { Logger } from 'pino';
import { z } from 'zod';
import { addMs, instantSchema, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { Database } from '#server/store/port.ts';

/**
 * Tells other gateways that this one lives and is still at what it began. Only a gateway that takes longer than usual says so, so that
 * on a good day nothing is written; one that says nothing and has sent nothing is taken for dead.
 */
export interface Leads {
  /** To be called about once a second. `isBusy`: alerts have been under way here for longer than a moment. Returns at once. */
  keep(isBusy: boolean): void;
  /** Another gateway has said so lately; which alerts it is at nobody knows. Throws `StoreUnavailable`. */
  othersAreBusy(): Promise<boolean>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** Longer than two calls of `keep` lie apart. */
const holdsMs = 3_000;
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

  /** `until` null: takes it back. */
  async function write(until: Instant | null): Promise<void> {
    try {
      const body = { kind: 'lead', gateway, until: until ?? clock.now() };
      const [outcome] = await database.write([{ id, rev, body, deleted: until === null }]);
      if (outcome?.type === 'written') rev = until === null ? undefined : outcome.rev;
      // Nobody else writes it: its own write of before a lost answer.
      else rev = (await database.get(id))?.rev;
    } catch (cause) {
      logger.warn({ err: cause }, 'other gateways could not be told that this one is busy');
    }
  }

  return {
    keep(isBusy) {
      if (writing !== null || (!isBusy && rev === undefined)) return;
      writing = write(isBusy ? addMs(clock.now(), holdsMs) : null).finally(() => (writing = null));
    },
    async othersAreBusy() {
      const rows = await database.scan({
        startKey: prefix,
        endKey: `${prefix}\uffff`,
        limit: 100,
        includeDocs: true,
      });
      const now = clock.now();
      return rows.some(({ doc }) => {
        const lead = leadSchema.safeParse(doc?.body).data;
        return lead !== undefined && lead.gateway !== gateway && lead.until > now;
      });
    },
    idle: () => writing ?? Promise.resolve(),
  };
}
