import { rotaModule } from '#server/rota/rota-module.ts';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import { instantOfLocal } from '#shared/directory/local-time.ts';
import { rotaWeekId, type RotaWeek, type Shift } from '#shared/directory/rota.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { departments, membership, organisation, people, person } from '#tests/builders.ts';
import {
  createTestClock,
  startTestServer,
  type TestServer,
  type TestServerOptions,
  type TestSession,
} from '#tests/server.ts';

export const timeZone = 'Europe/Berlin';
export const cardiology = departments.cardiology.id;
/** Monday 23 March to Sunday 29 March 2026, on which summer time begins at 02:00. */
export const week = '2026-W13';
export const weekBefore = '2026-W12';
/** A time of day in Berlin, of Wednesday 25 March when no other day of March is given. */
export const at = (time: string, day = 25): Instant =>
  instantOfLocal(`2026-03-${String(day).padStart(2, '0')}`, time, timeZone);
export const now = at('12:00');

export const left = person('left', [membership(cardiology, 'doctor')], { active: false });
export const [anna, bilal] = [people.cardiologist, people.cardiologist2];

export const turn = (who: Person, from: Instant, until: Instant, tier: Tier = 'first'): Shift => ({
  id: `${tier}-${from.slice(5, 16).replaceAll(':', '')}-${who.name}`,
  tier,
  person: who.id,
  startsAt: from,
  endsAt: until,
  override: null,
});

export const rotaOf = (shifts: readonly Shift[], name = week): RotaWeek => ({
  kind: 'rota-week',
  id: rotaWeekId(cardiology, name),
  department: cardiology,
  week: name,
  shifts: [...shifts],
});

/** Yesterday is over, today runs, tomorrow and the day after are to come. */
export const usual = {
  over: turn(anna, at('08:00', 24), at('20:00', 24)),
  running: turn(bilal, at('08:00'), at('20:00')),
  tonight: turn(anna, at('20:00'), at('08:00', 26)),
  tomorrow: turn(bilal, at('08:00', 26), at('20:00', 26)),
  friday: turn(anna, at('08:00', 27), at('20:00', 27)),
} as const;

export interface RotaHospital extends TestServer {
  as(who: Person): Promise<TestSession>;
  stored(name?: string): RotaWeek | undefined;
}

export async function startRotaHospital(
  shifts: readonly Shift[] = Object.values(usual),
  options: TestServerOptions = {},
): Promise<RotaHospital> {
  const server = await startTestServer({
    ...options,
    clock: createTestClock(now),
    modules: [rotaModule()],
    directory: [
      organisation({ timeZone, dutyAdministration: departments.radiology.id }),
      ...Object.values(people),
      left,
      ...Object.values(departments).map((each) =>
        each.id === cardiology
          ? {
              ...each,
              assignment: { ...each.assignment, emergency: { mode: 'on-call' as const } },
            }
          : each,
      ),
      rotaOf(shifts),
    ],
  });
  const sessions = new Map<string, TestSession>();
  return {
    ...server,
    async as(who) {
      const held = sessions.get(who.id);
      if (held !== undefined) return held;
      const email = `${who.name}@hospital.test`;
      await server.addAccount(who.id, email);
      const session = await server.signIn(email);
      sessions.set(who.id, session);
      return session;
    },
    stored: (name = week) =>
      server.parts.directory.current().rotaWeeks.find(({ id }) => id === rotaWeekId(cardiology, name)),
  };
}
