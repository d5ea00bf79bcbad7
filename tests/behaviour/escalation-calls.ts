import { syntheticStep } from '#shared/escalation/claim.ts';
import { isDueSoonStep } from '#shared/escalation/due-soon-steps.ts';
import type { ConsultId, PersonId } from '#shared/lib/id.ts';
import { minutesBetween, type Instant } from '#shared/lib/instant.ts';
import { storyStart } from '#tests/builders.ts';
import { staff, type Ward } from './ward.ts';

/** One escalation as it stands in a consult's timeline. */
export interface Call {
  /** Since the story began. */
  readonly minute: number;
  readonly unless: string;
  readonly step: number;
  readonly repeat: number;
  /** Names of those called, in the step's order. */
  readonly names: readonly string[];
  readonly as: readonly string[];
}

const nameOf = (id: PersonId): string =>
  Object.values(staff).find((one) => one.id === id)?.name ?? `a stranger (${id})`;

/** All that the policy and broken promises bring, in the order of the timeline; without the reminders at 75 % and the naming of stand-ins. */
export const callsOf = async (ward: Ward, id: ConsultId): Promise<Call[]> =>
  (await allCalls(ward, id)).filter(({ step }) => !isDueSoonStep(step) && step !== syntheticStep.standIn);

/** The built-in reminders at 75 % of each target alone. */
export const remindersOf = async (ward: Ward, id: ConsultId): Promise<Call[]> =>
  (await allCalls(ward, id)).filter(({ step }) => isDueSoonStep(step));

async function allCalls(ward: Ward, id: ConsultId): Promise<Call[]> {
  const { timeline } = await ward.consult(id);
  return timeline.flatMap(({ event }) => {
    if (event.type !== 'escalated') return [];
    const body = event.body as {
      unless: string;
      step: number;
      repeat: number;
      notified: { person: PersonId; as: string }[];
    };
    return [
      {
        minute: Math.round(minutesBetween(storyStart, event.receivedAt as Instant)),
        unless: body.unless,
        step: body.step,
        repeat: body.repeat,
        names: body.notified.map(({ person }) => nameOf(person)),
        as: body.notified.map(({ as }) => as),
      },
    ];
  });
}

/** `minute name, name` of each: reads like the night it was. */
export const told = (calls: readonly Call[]): string[] =>
  calls.map(({ minute, names }) => `${minute} ${names.join(', ')}`);

export const allReachable = async (ward: Ward): Promise<void> => {
  for (const who of [
    staff.firstOnCall,
    staff.secondOnCall,
    staff.consultantOnCall,
    staff.receiver,
    staff.head,
    staff.parentHead,
    staff.dutyAdministrator,
    staff.requester,
    staff.requestingHead,
  ])
    await ward.reachable(who);
};
