import type { AuditRead } from '#shared/audit/protocol.ts';
import { msBetween, type Instant } from '#shared/lib/instant-arithmetic.ts';
import type { Tablet } from '$lib/tablet/tablet.ts';

/** Tablet setting that holds what was opened here and the server has not taken yet, oldest first. */
export const readsSetting = 'audit-reads';

/** Going back and forth between a consult and its patient is one reading. */
const sameReadingMs = 15 * 60_000;

export interface WaitingReads {
  readonly reads: readonly AuditRead[];
  /** When each subject was noted last, sent or not; those longer ago than one reading are forgotten. */
  readonly notedAt: Readonly<Record<string, Instant>>;
}
const nothing: WaitingReads = { reads: [], notedAt: {} };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const isRead = (value: unknown): value is AuditRead =>
  isObject(value) &&
  (['id', 'action', 'subject', 'openedAt'] as const).every((name) => typeof value[name] === 'string');

/** What a setting holds; what cannot be a read is left out. Without a schema: pages that are drawn first ask it. */
export function waitingReads(value: unknown): WaitingReads {
  if (!isObject(value) || !Array.isArray(value['reads']) || !isObject(value['notedAt'])) return nothing;
  const notedAt = Object.entries(value['notedAt']).filter(
    (one): one is [string, Instant] => typeof one[1] === 'string',
  );
  return { reads: value['reads'].filter(isRead), notedAt: Object.fromEntries(notedAt) };
}

type Settings = Pick<Tablet, 'setting' | 'saveSetting'>;

export function heldReads(tablet: Pick<Settings, 'setting'>): WaitingReads {
  let held: unknown = null;
  tablet.setting<unknown>(readsSetting).subscribe((value) => (held = value))();
  return waitingReads(held);
}

const turns = new WeakMap<Settings, Promise<unknown>>();

/** One change after the other, so that two at once lose nothing. */
function changeReads(tablet: Settings, change: (held: WaitingReads) => WaitingReads): Promise<void> {
  const before = turns.get(tablet) ?? Promise.resolve();
  const done = before.then(async () => {
    const held = heldReads(tablet);
    const next = change(held);
    if (next !== held) await tablet.saveSetting(readsSetting, next);
  });
  turns.set(
    tablet,
    done.catch(() => undefined),
  );
  return done;
}

/**
 * Notes that this person opened a patient or a consult that lies on this tablet, where no server sees it; kept on the tablet first, and sent when there
 * is a network. Rejects when the tablet could not keep it.
 */
export function noteRead(
  tablet: Settings & Pick<Tablet, 'now' | 'newId'>,
  action: AuditRead['action'],
  subject: string,
): Promise<void> {
  return changeReads(tablet, (held) => {
    const now = tablet.now();
    const isRecent = (at: Instant): boolean => Math.abs(msBetween(at, now)) < sameReadingMs;
    const before = held.notedAt[subject];
    if (before !== undefined && isRecent(before)) return held;
    const recent = Object.entries(held.notedAt).filter(([, at]) => isRecent(at));
    return {
      reads: [...held.reads, { id: tablet.newId(), action, subject, openedAt: now }],
      notedAt: { ...Object.fromEntries(recent), [subject]: now },
    };
  });
}

/** The server has these. */
export const forgetReads = (tablet: Settings, ids: ReadonlySet<string>): Promise<void> =>
  changeReads(tablet, (held) => ({ ...held, reads: held.reads.filter(({ id }) => !ids.has(id)) }));
