import type { PlannedAlert } from '#shared/alert/plan.ts';
import { announcementIdOf } from '#shared/alert/plan.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { dutyAdministrator, headOf } from '#shared/directory/leaders.ts';
import { forwardGaps, isDutyAdministration, type RotaGap } from '#shared/directory/rota-gaps.ts';
import { lastRecipients, type Recipient } from '#shared/escalation/recipients.ts';
import type { EventId } from '#shared/lib/id.ts';
import { addMinutes, instantToMs, type Instant } from '#shared/lib/instant.ts';

/** So long before a gap begins it is said a second time. */
export const soonMinutes = 120;

const isSoon = ({ from }: RotaGap, now: Instant): boolean =>
  from === null || from <= addMinutes(now, soonMinutes);

/** The head; of the duty administration also whoever has it now. Never nobody while anyone is active. */
function told({ department, tier }: RotaGap, directory: Directory, now: Instant): Recipient[] {
  const head = headOf(directory, department);
  const onDuty =
    tier === 'first' && isDutyAdministration(directory, department)
      ? dutyAdministrator(directory, now)
      : null;
  const found: Recipient[] = head === null ? [] : [{ person: head, as: 'head' }];
  if (onDuty !== null && onDuty !== head) found.push({ person: onDuty, as: 'duty-administrator' });
  return found.length > 0 ? found : lastRecipients(directory, department, now);
}

/**
 * Alerts about the gaps of the next 24 hours (ALE-10): once when a gap comes into sight, once more when it is still open two hours before it begins or has
 * begun. A gap is known by its tier and its beginning: the same gap, found again and again, gives the same ids.
 */
export function gapAlerts(directory: Directory, now: Instant): PlannedAlert[] {
  return forwardGaps(directory, now).flatMap((gap) => {
    const { department, tier, from } = gap;
    const soon = isSoon(gap, now);
    const begins = from === null ? 'always' : instantToMs(from).toString(36);
    const cause = `${department}:rota-gap:${tier}:${begins}:${soon ? 'soon' : 'ahead'}` as EventId;
    return told(gap, directory, now).map(({ person, as }): PlannedAlert => ({
      id: announcementIdOf(cause, person),
      consult: null,
      cause,
      recipient: person,
      as,
      about: 'rota-gap',
      urgency: soon ? 'urgent' : 'routine',
      department,
    }));
  });
}
