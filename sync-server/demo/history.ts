import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import type { ConsultStory, References } from './consult-story.ts';
import { courses, tellCourse } from './course.ts';
import type { HospitalPlan } from './hospital-plan.ts';
import { localMidnight, localWeekday } from './local-time.ts';
import type { DemoPatient } from './patients.ts';
import { allCases, suits } from './request.ts';

export const historyDays = 90;

/** How many requests a day of the week brings: fewer at weekends, never none. */
const perDay = (weekday: number): readonly [number, number] =>
  weekday === 6 ? [6, 9] : weekday === 5 ? [7, 11] : [9, 15];

/** Rounds in the morning, results in the afternoon, emergencies at any hour. */
const hourWeights: readonly (readonly [hour: number, weight: number])[] = [
  2, 2, 1, 1, 1, 2, 2, 4, 7, 10, 11, 10, 8, 7, 7, 6, 6, 5, 5, 4, 4, 4, 3, 3,
].map((weight, hour) => [hour, weight] as const);

/** A past request: when, and how to tell it once its reference number is due. null when it would reach beyond now. */
export interface PastTelling {
  readonly at: Instant;
  readonly tell: (references: References) => ConsultStory | null;
}

const isInHouse = (patient: DemoPatient, settledBy: Instant, at: Instant): boolean =>
  patient.admittedAt < settledBy && (patient.leftAt === null || at < patient.leftAt);

export function planHistory(plan: HospitalPlan): PastTelling[] {
  const { now, random, patients } = plan;
  const tellings: PastTelling[] = [];
  const latestAt = addMinutes(now, -3 * 60);
  for (let day = -historyDays; day <= 0; day++) {
    const midnight = localMidnight(now, day);
    const count = random.int(...perDay(localWeekday(midnight)));
    for (let request = 0; request < count; request++) {
      const at = addMinutes(
        midnight,
        random.weighted(hourWeights) * 60 + random.int(0, 59) + random.fraction(),
      );
      if (at > latestAt) continue;
      // Nobody is asked about in their first half hour.
      const settledBy = addMinutes(at, -30);
      const candidates = patients.filter((patient) => isInHouse(patient, settledBy, at));
      if (candidates.length === 0) continue;
      const patient = random.pick(candidates);
      const cases = allCases.filter((given) => suits(given, patient));
      if (cases.length === 0) continue;
      const given = random.pick(cases);
      const course = random.weighted(courses);
      tellings.push({
        at,
        tell(references) {
          const story = tellCourse(course, { given, patient, at, plan, references });
          const { changedAt } = story.consult;
          return changedAt !== null && changedAt <= now ? story : null;
        },
      });
    }
  }
  return tellings;
}
