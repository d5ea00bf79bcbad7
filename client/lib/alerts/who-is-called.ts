import type { Reach } from '#shared/alert/protocol.ts';
import { whoIsCalled } from '#shared/alert/reachability.ts';
import type { Consult } from '#shared/consult/consult.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import type { Directory } from '#shared/directory/directory.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import { minutesBetween, type Instant } from '#shared/lib/instant.ts';
import { m } from '$lib/paraglide/messages.js';
import { minutesWords } from '$lib/time/words.ts';

/** Whether anybody's device was heard of; what the sender should know before sending. */
export type CallOutlook = 'alive' | 'quiet' | 'nobody';

/** 'alive' when one of them is; 'nobody' when there is not even a channel. */
export function outlookOf(people: readonly Pick<Reach, 'verdict'>[]): CallOutlook {
  if (people.some(({ verdict }) => verdict === 'alive')) return 'alive';
  return people.some(({ verdict }) => verdict === 'quiet') ? 'quiet' : 'nobody';
}

/** "phone heard from 3 min ago": how alive the devices of one person are. */
export function reachWords({ verdict, heardAt }: Pick<Reach, 'verdict' | 'heardAt'>, now: Instant): string {
  if (verdict === 'none') return m.reach_none();
  if (heardAt === null) return m.reach_never();
  const minutes = Math.max(0, Math.floor(minutesBetween(heardAt, now)));
  if (minutes < 1) return m.reach_heard_now();
  const time = minutesWords(minutes);
  return verdict === 'alive' ? m.reach_heard({ time }) : m.reach_quiet({ time });
}

/** Who would be called by what this tablet holds: the rota as it was fetched, without what only the server counts. */
export function calledByDirectory(
  asked: {
    readonly department: DepartmentId;
    readonly urgency: Urgency;
    readonly preferredDoctor: PersonId | null;
  },
  requester: PersonId,
  directory: Directory,
  openConsults: readonly Consult[],
  at: Instant,
): readonly { readonly person: PersonId; readonly as: string }[] {
  const counts = new Map<PersonId, number>();
  for (const { assignee } of openConsults)
    if (assignee !== null) counts.set(assignee, (counts.get(assignee) ?? 0) + 1);
  return whoIsCalled({
    ...asked,
    requester,
    directory,
    openConsults: counts,
    lastRoundRobin: null,
    at,
  });
}
