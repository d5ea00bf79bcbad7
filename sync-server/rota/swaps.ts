import { z } from 'zod';
import { withPendingAudit } from '#server/audit/pending.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { DirectoryWriter } from '#server/directory/directory-writer.ts';
import type { Actor } from '#server/http/context.ts';
import { changeDocument } from '#server/ops/change-document.ts';
import type { Database } from '#server/store/port.ts';
import { canonicalJson } from '#shared/event/canonical.ts';
import { addDays, localTimeOf } from '#shared/directory/local-time.ts';
import { heldRotaWeek } from '#shared/directory/rota-edit.ts';
import type { AskSwap, RotaRefusalCode, SwapView } from '#shared/directory/rota-protocol.ts';
import { emptyRotaWeek, rotaWeekId, type RotaWeek } from '#shared/directory/rota.ts';
import {
  isPartWritten,
  offeredTurn,
  swapFault,
  swapParts,
  withSwapPart,
} from '#shared/directory/swap-plan.ts';
import {
  mayAnswerSwap,
  swapEndsAt,
  swapRequestSchema,
  swapState,
  type SwapFact,
  type SwapRequest,
} from '#shared/directory/swap-request.ts';
import { deviceIdSchema, personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { instantSchema, type Clock, type Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';

const actorSchema = z.object({
  person: personIdSchema,
  device: deviceIdSchema,
  deviceKind: z.enum(['personal', 'ward']),
  session: z.string(),
  address: z.string(),
  at: instantSchema,
});
/** With who agreed, from where: what is written into the rota for them says so too. */
const storedSwapSchema = swapRequestSchema.extend({ agreedActor: actorSchema.optional() });

export interface SwapRefusal {
  readonly type: 'refused';
  readonly code: RotaRefusalCode;
}
export type SwapAnswerError = SwapRefusal | { readonly type: 'not-found' } | { readonly type: 'not-yours' };
export type SwapAnswer = 'agreed' | 'declined' | 'withdrawn';

/** Requests to swap turns. They stand beside the sessions in `accounts`: on no tablet but of those who ask. */
export interface Swaps {
  /** Asking again with the same id changes nothing. */
  ask(actor: Actor, asked: AskSwap): Promise<Result<SwapView, SwapRefusal>>;
  /** Said again it changes nothing. */
  answer(actor: Actor, id: string, fact: SwapAnswer): Promise<Result<SwapView, SwapAnswerError>>;
  /** Those a person asked or was asked, whose turns are not over; the newest first. */
  of(person: PersonId): Promise<SwapView[]>;
  /** Every request whose turns are not over. */
  present(): Promise<SwapRequest[]>;
  /** Writes what was agreed into the rota. To be called again after a crash at any point: each part is written once. */
  finish(id: string): Promise<void>;
}

const prefix = 'rota-swap:';
const documentIdOf = (id: string): string => `${prefix}${id}`;
/** Turns end within a day or two of the day in the id, in any zone. */
const daysBack = 3;
const presentLimit = 2_000;

const viewOf = (request: SwapRequest, now: Instant): SwapView => ({
  id: request.id,
  department: request.department,
  askedBy: request.askedBy,
  to: request.to,
  mine: request.mine,
  theirs: request.theirs,
  state: swapState(request, now),
  askedAt: request.facts[0]?.at ?? now,
});

const refused = (code: RotaRefusalCode) => err({ type: 'refused' as const, code });

export function createSwaps(deps: {
  readonly database: Database;
  readonly directory: Pick<DirectoryCache, 'current'>;
  readonly writer: DirectoryWriter;
  readonly clock: Clock;
}): Swaps {
  const { database, directory, writer, clock } = deps;

  async function read(id: string) {
    const held = await database.get(documentIdOf(id));
    return held === null ? null : storedSwapSchema.parse(held.body);
  }

  /** What the server finds out by itself; the agreement it follows has its entry already. */
  async function addFact(id: string, fact: SwapFact['fact'], by: PersonId): Promise<void> {
    await changeDocument(database, documentIdOf(id), (held) => {
      if (held === null) return null;
      const { facts } = storedSwapSchema.parse(held.body);
      if (facts.some((one) => one.fact === fact)) return null;
      return { ...held.body, facts: [...facts, { fact, by, at: clock.now() }] };
    });
  }

  const swaps: Swaps = {
    async ask(actor, asked) {
      const present = directory.current();
      const now = clock.now();
      const timeZone = present.organisation?.timeZone;
      if (timeZone === undefined) return refused('unknown-time-zone');
      if (asked.to === actor.person) return refused('nothing-to-swap');
      const { department } = asked;
      const mine = offeredTurn(present, department, asked.mine, actor.person);
      if (mine === null) return refused('not-your-turn');
      const theirs = asked.theirs === null ? null : offeredTurn(present, department, asked.theirs, asked.to);
      if (asked.theirs !== null && theirs === null) return refused('not-their-turn');
      const request: SwapRequest = {
        kind: 'rota-swap',
        id: `${localTimeOf(swapEndsAt({ mine, theirs }), timeZone).date}_${asked.id}`,
        department,
        askedBy: actor.person,
        to: asked.to,
        mine,
        theirs,
        facts: [{ fact: 'asked', by: actor.person, at: now }],
      };
      // What could not be written is not asked for either.
      const fault = swapFault(request, present, now);
      if (fault !== null) return refused(fault);
      await changeDocument(database, documentIdOf(request.id), (held) => {
        if (held !== null) return null;
        const act = { action: 'rota.swap-ask', subjects: [mine.shift.id, asked.to] };
        return withPendingAudit(request, actor, act, null);
      });
      const stored = await read(request.id);
      if (stored === null) return refused('same-id');
      const [held, wanted] = [viewOf(stored, now), viewOf(request, now)].map(
        ({ askedBy, to, mine: own, theirs: other }) => canonicalJson({ askedBy, to, own, other }),
      );
      return held === wanted ? ok(viewOf(stored, now)) : refused('same-id');
    },

    async answer(actor, id, fact) {
      const now = clock.now();
      const request = await read(id);
      // Whoever has no part in it learns nothing of it.
      if (request === null || ![request.askedBy, request.to].includes(actor.person))
        return err({ type: 'not-found' });
      if (!mayAnswerSwap(request, actor.person, fact)) return err({ type: 'not-yours' });
      if (fact === 'agreed' && swapState(request, now) === 'asked') {
        const fault = swapFault(request, directory.current(), now);
        if (fault !== null) return refused(fault);
      }
      await changeDocument(database, documentIdOf(id), (held) => {
        if (held === null) return null;
        const present = storedSwapSchema.parse(held.body);
        if (swapState(present, now) !== 'asked') return null;
        const next = {
          ...held.body,
          facts: [...present.facts, { fact, by: actor.person, at: now }],
          ...(fact === 'agreed' ? { agreedActor: actor } : {}),
        };
        const act = { action: `rota.swap-${fact}`, subjects: [present.mine.shift.id, present.askedBy] };
        return withPendingAudit(next, actor, act, held.body);
      });
      if (fact === 'agreed') await swaps.finish(id);
      const stored = await read(id);
      if (stored === null) return err({ type: 'not-found' });
      const isSaid = stored.facts.some((one) => one.fact === fact);
      return isSaid && swapState(stored, now) !== 'failed' ? ok(viewOf(stored, now)) : refused('not-open');
    },

    async of(person) {
      const now = clock.now();
      return (await swaps.present())
        .filter(({ askedBy, to }) => askedBy === person || to === person)
        .map((request) => viewOf(request, now))
        .sort((a, b) => (a.askedAt > b.askedAt ? -1 : a.askedAt < b.askedAt ? 1 : 0));
    },

    async present() {
      const timeZone = directory.current().organisation?.timeZone;
      if (timeZone === undefined) return [];
      const from = addDays(localTimeOf(clock.now(), timeZone).date, -daysBack);
      const rows = await database.scan({
        startKey: documentIdOf(from),
        endKey: `${prefix}~`,
        limit: presentLimit,
        includeDocs: true,
      });
      return rows.flatMap(({ doc }) => {
        const parsed = swapRequestSchema.safeParse(doc?.body);
        return parsed.success ? [parsed.data] : [];
      });
    },

    async finish(id) {
      const now = clock.now();
      const request = await read(id);
      const actor = request?.agreedActor;
      if (request === null || actor === undefined || swapState(request, now) !== 'agreed') return;
      const parts = swapParts(request);
      const present = directory.current();
      const hasBegun = parts.some((part) =>
        isPartWritten(heldRotaWeek(present, request.department, part.week), part),
      );
      // With nothing written it must still be possible; where one week says so already, the other follows.
      if (!hasBegun && swapFault(request, present, now) !== null) {
        await addFact(id, 'failed', actor.person);
        return;
      }
      for (const part of parts) {
        await writer.change<RotaWeek, 'written-already'>(
          actor,
          rotaWeekId(request.department, part.week),
          (stored) => {
            const held = stored ?? emptyRotaWeek(request.department, part.week);
            if (isPartWritten(held, part)) return err('written-already');
            const fields = [...part.replaced, ...part.laid.map((shift) => shift.id)];
            return ok({
              document: withSwapPart(held, part),
              act: { action: 'rota.swap', subjects: [held.id], fields },
            });
          },
        );
      }
      await addFact(id, 'written', actor.person);
    },
  };
  return swaps;
}
