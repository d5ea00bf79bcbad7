import { defaultPolicy } from '#shared/directory/default-policy.ts';
import type { DirectoryDocument } from '#shared/directory/directory.ts';
import {
  addDays,
  instantOfLocal,
  weekOfDate,
  localTimeOf,
  daysOfWeek,
} from '#shared/directory/local-time.ts';
import { tiers } from '#shared/directory/on-call.ts';
import { rotaWeekId, type Shift } from '#shared/directory/rota.ts';
import type { Person } from '#shared/directory/staff.ts';
import { permissionSchema } from '#shared/directory/staff.ts';
import { addMinutes, type Instant } from '#shared/lib/instant.ts';
import { department, grant, membership, organisation, person, uuidOf } from '#tests/builders.ts';

/** 60 departments of 33 or 34 people: 2,000 in all, each with a phone and some history; 10,080 turns of duty in four weeks from last week on. */
export const directorySize = { people: 2000, departments: 60, weeks: 4 } as const;
const turnsADay = 2;
const timeZone = 'Asia/Karachi';
const givenNames = ['Muhammad', 'Ayesha', 'Abdullah', 'Fatima', 'Usman', 'Zainab', 'Hassan', 'Mariam'];
const familyNames = ['Khan', 'Siddiqui', 'Chaudhry', 'Malik', 'Qureshi', 'Ahmed', 'Bhatti'];

export interface LargeDirectory {
  readonly documents: readonly DirectoryDocument[];
  readonly people: readonly Person[];
  readonly shifts: number;
}

const nameOf = (index: number): string =>
  `Dr ${givenNames[index % givenNames.length]!} ${familyNames[index % familyNames.length]!} ${String(index)}`;

export function buildLargeDirectory(now: Instant): LargeDirectory {
  const policies = {
    emergency: defaultPolicy('emergency'),
    urgent: defaultPolicy('urgent'),
    routine: defaultPolicy('routine'),
  };
  const departments = Array.from({ length: directorySize.departments }, (_none, at) =>
    department(`Department of Specialty ${String(at)}`, {
      code: `D${String.fromCharCode(65 + Math.floor(at / 26), 65 + (at % 26))}`,
      policies,
      extension: String(4000 + at),
      intakeQuestions: [0, 1, 2, 3].map((number) => ({
        id: `question-${String(number)}`,
        text: 'Has the patient been given anticoagulants in the last 48 hours?',
        required: true,
        kind: 'yes-no' as const,
      })),
    }),
  );
  const teams: Person[][] = departments.map(() => []);
  const people = Array.from({ length: directorySize.people }, (_none, at) => {
    const place = at % departments.length;
    const own = departments[place]!.id;
    const before = departments[(place + 1) % departments.length]!.id;
    const made = person(
      nameOf(at),
      [
        membership(own, 'doctor'),
        ...(at % 3 === 0 ? [membership(before, 'doctor', { until: addMinutes(now, -100_000) })] : []),
      ],
      {
        id: uuidOf(`large directory ${String(at)}`) as Person['id'],
        phone: String(5000 + at),
        grants: at % 20 === 0 ? permissionSchema.options.map(grant) : [],
      },
    );
    teams[place]!.push(made);
    return made;
  });
  let shifts = 0;
  const today = localTimeOf(now, timeZone).date;
  const weeks = Array.from({ length: directorySize.weeks }, (_none, at) =>
    weekOfDate(addDays(today, 7 * (at - 1))),
  );
  const rota = departments.flatMap((place, at) =>
    weeks.map((week) => ({
      kind: 'rota-week' as const,
      id: rotaWeekId(place.id, week),
      department: place.id,
      week,
      shifts: (daysOfWeek(week) ?? []).flatMap((date) =>
        tiers.flatMap((tier, tierAt) =>
          Array.from({ length: turnsADay }, (_turn, turn): Shift => {
            const startsAt = addMinutes(instantOfLocal(date, '08:00', timeZone), turn * 720);
            const team = teams[at]!;
            return {
              id: `${tier}-${date}-${turn === 0 ? '0800' : '2000'}-${String(shifts++)}`,
              tier,
              person: team[(shifts + tierAt) % team.length]!.id,
              startsAt,
              endsAt: addMinutes(startsAt, 720),
              override: null,
            };
          }),
        ),
      ),
    })),
  );
  return {
    documents: [organisation({ name: 'Bench Hospital' }), ...departments, ...people, ...rota],
    people,
    shifts,
  };
}
