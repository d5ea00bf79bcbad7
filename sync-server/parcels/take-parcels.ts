import type { Sessions } from '#server/auth/sessions.ts';
import type { RateLimiter } from '#server/http/rate-limit.ts';
import type { ParcelKeys } from '#server/keys/parcel-keys.ts';
import type { Acceptor } from '#server/sync/accept.ts';
import type { AuthoredEnvelope } from '#shared/event/envelope.ts';
import { parseAuthoredEventOfAnyKind } from '#shared/event/parse.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { parcelContentSchema, type ParcelContent } from '#shared/parcel/parcel.ts';
import { carriedParcelSchema, type ParcelVerdict } from '#shared/parcel/protocol.ts';
import type { Grant } from '#shared/parcel/signing.ts';
import type { PushOutcome } from '#shared/sync/protocol.ts';
import type { KeyOwner, Signatures } from './signing-keys.ts';

/** What a bundle of parcels came to. */
export interface Carried {
  readonly verdicts: readonly ParcelVerdict[];
  /** Documents something was kept for: the record, what is refused, what is set aside. */
  readonly documents: readonly string[];
}

export interface ParcelTaker {
  /** One verdict per parcel, in order; each is durable when this resolves. What nobody known sent leaves nothing behind. */
  take(parcels: readonly unknown[], at: Instant): Promise<Carried>;
}

interface Opened {
  readonly at: number;
  readonly event: AuthoredEnvelope;
  readonly raw: Record<string, unknown>;
  readonly grant: Grant | null;
  readonly authorClockAt: Instant | null;
}

const verdictOf: Readonly<Record<PushOutcome['outcome'], ParcelVerdict>> = {
  accepted: 'taken',
  duplicate: 'duplicate',
  waiting: 'waiting',
  refused: 'refused',
  quarantined: 'quarantined',
};

function contentOf(text: string): ParcelContent | null {
  try {
    const parsed = parcelContentSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    // Sealed to us, and still no JSON.
    return null;
  }
}

export function createParcelTaker(deps: {
  keys: ParcelKeys;
  sessions: Pick<Sessions, 'knownSince'>;
  signatures: Signatures;
  acceptor: Pick<Acceptor, 'carried'>;
  /** By person and device: how much may be set aside that nobody's key has signed. */
  unprovenLimiter: RateLimiter;
}): ParcelTaker {
  const { keys, sessions, signatures, acceptor, unprovenLimiter } = deps;

  function open(raw: unknown, index: number, at: Instant): Opened | ParcelVerdict {
    const item = carriedParcelSchema.safeParse(raw);
    if (!item.success) return 'unreadable';
    const { parcel, authorClockAt } = item.data;
    const text = keys.open(parcel, at);
    const content = text === null ? null : contentOf(text);
    if (content === null) return 'unreadable';
    const parsed = parseAuthoredEventOfAnyKind(content.event);
    // Its author's tablet has the words, and sends them in its own session.
    if (!parsed.ok) return 'refused';
    const { event } = parsed.value;
    if (event.id !== parcel.id) return 'unreadable';
    return { at: index, event, raw: content.event, grant: content.grant, authorClockAt };
  }

  /** What came of one person on one device, at its places in `verdicts`. */
  async function settle(
    owner: KeyOwner,
    parcels: readonly Opened[],
    at: Instant,
    verdicts: (ParcelVerdict | null)[],
  ): Promise<void> {
    const grants = parcels.flatMap(({ grant }) => grant ?? []);
    const proven = await signatures.proven(
      owner,
      parcels.map(({ event }) => event),
      at,
      grants,
    );
    const known = await sessions.knownSince(owner.person, owner.device);
    const judged = parcels.filter(({ at: place, event }) => {
      if (proven.has(event.id)) return true;
      // Anybody can seal anything to us: of somebody who never signed in there nothing is kept.
      if (known === null) verdicts[place] = 'refused';
      else if (unprovenLimiter.take(`${owner.person}:${owner.device}`, at) > 0) verdicts[place] = 'waiting';
      return verdicts[place] === null;
    });
    if (judged.length === 0) return;
    // A tablet keeps them by their random ids: in the order of their records, so that none is judged before what it builds on.
    judged.sort((a, b) => a.event.lamport - b.event.lamport);
    const outcomes = await acceptor.carried(
      owner,
      judged.map(({ raw, authorClockAt }) => ({ event: raw, authorClockAt })),
      // A store that was set back may know the key from its grant alone.
      { knownSince: known ?? grants[0]?.from ?? at, isProven: ({ id }) => proven.has(id) },
    );
    for (const [index, { at: place }] of judged.entries()) {
      const outcome = outcomes[index]?.outcome;
      if (outcome !== undefined) verdicts[place] = verdictOf[outcome];
    }
  }

  return {
    async take(parcels, at) {
      const verdicts: (ParcelVerdict | null)[] = [];
      const byOwner = new Map<string, { owner: KeyOwner; parcels: Opened[] }>();
      for (const [index, raw] of parcels.entries()) {
        const opened = open(raw, index, at);
        verdicts.push(typeof opened === 'string' ? opened : null);
        if (typeof opened === 'string') continue;
        const owner = { person: opened.event.author, device: opened.event.device };
        const key = `${owner.person}:${owner.device}`;
        const held = byOwner.get(key);
        if (held === undefined) byOwner.set(key, { owner, parcels: [opened] });
        else held.parcels.push(opened);
      }
      const owners = [...byOwner.values()];
      for (const one of owners) await settle(one.owner, one.parcels, at, verdicts);
      // One may have waited for what another wrote and what came after it.
      if (owners.length > 1) {
        for (const one of owners) {
          const waiting = one.parcels.filter(({ at: place }) => verdicts[place] === 'waiting');
          for (const { at: place } of waiting) verdicts[place] = null;
          if (waiting.length > 0) await settle(one.owner, waiting, at, verdicts);
        }
      }
      const kept = new Set<ParcelVerdict | null>(['taken', 'quarantined']);
      const documents = owners.flatMap((one) =>
        one.parcels.flatMap(({ at: place, event }) =>
          kept.has(verdicts[place] ?? null) ? [event.document] : [],
        ),
      );
      return {
        documents: [...new Set(documents)],
        verdicts: verdicts.map((verdict) => {
          if (verdict === null) throw new Error('a parcel was left without a verdict');
          return verdict;
        }),
      };
    },
  };
}
