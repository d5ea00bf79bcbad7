import { alertSchema, type Alert, type AlertKind } from '#shared/alert/alert.ts';
import type { DirectoryDocument } from '#shared/directory/directory.ts';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import { instantOfLocal } from '#shared/directory/local-time.ts';
import { rotaWeekId, type RotaWeek, type Shift } from '#shared/directory/rota.ts';
import type { Person } from '#shared/directory/staff.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import { msBetween, type Instant } from '#shared/lib/instant.ts';
import { departments, people, storyStart } from '#tests/builders.ts';
import { openWard, staff, type Ward } from './ward.ts';

const timeZone = 'Asia/Karachi';
/** A time of day in Karachi. The story's day is Monday 2 March 2026; it begins there at 13:00. */
export const at = (time: string, date = '2026-03-02'): Instant => instantOfLocal(date, time, timeZone);

const namesById = new Map(
  [...Object.values(people), ...Object.values(staff)].map((who) => [who.id, who.name]),
);
export const nameOf = (person: string): string => namesById.get(person as Person['id']) ?? person;

export const duty = (
  tier: Tier,
  who: Person,
  startsAt: Instant,
  endsAt: Instant,
  over: Partial<Shift> = {},
): Shift => ({
  id: `${tier}-${startsAt.slice(5, 16).replace(':', '')}-${who.initials}`.toLowerCase(),
  tier,
  person: who.id,
  startsAt,
  endsAt,
  override: null,
  ...over,
});

export const weekOfDuty = (
  department: DepartmentId,
  shifts: readonly Shift[],
  week = '2026-W10',
): RotaWeek => ({
  kind: 'rota-week',
  id: rotaWeekId(department, week),
  department,
  week,
  shifts: [...shifts],
});

/** From the story's start for eight days: nothing is missing that a test does not take away. */
const always = (tier: Tier, who: Person): Shift => duty(tier, who, at('03:00'), at('03:00', '2026-03-10'));
export const covered: readonly Shift[] = [
  always('second', staff.secondOnCall),
  always('consultant', staff.consultantOnCall),
];

/** The ward with a rota of its own; only Cardiology and the duty administration look for anybody on call. */
export interface RotaWard {
  readonly ward: Ward;
  /** Writes the first-tier rota of Cardiology's week, the other tiers covered. */
  rota(...first: Shift[]): Promise<void>;
  put(...documents: DirectoryDocument[]): Promise<void>;
  /** One look by every gateway, and everything that follows from it. */
  look(): Promise<void>;
  /** Moves the clock there and looks. */
  until(moment: Instant): Promise<void>;
  announcements(about?: AlertKind): Promise<Alert[]>;
  /** Who was told, as '<about> <urgency> <name>'. */
  told(about: AlertKind): Promise<string[]>;
}

const quiet = {
  steps: [
    {
      afterMinutes: 600,
      unless: 'completed' as const,
      notify: [{ who: 'head' as const }],
      repeatMinutes: null,
      repeatTimes: null,
    },
  ],
};

export async function openRotaWard(options: Parameters<typeof openWard>[0] = {}): Promise<RotaWard> {
  const ward = await openWard(options);
  const self: RotaWard = {
    ward,
    async rota(...first) {
      await self.put(weekOfDuty(departments.cardiology.id, [...first, ...covered]));
    },
    async put(...documents) {
      const [gateway] = ward.gateways;
      if (gateway === undefined) throw new Error('no gateway');
      await gateway.server.putDirectory(documents);
      for (const other of ward.gateways) await other.server.parts.directory.caughtUp();
    },
    async look() {
      for (const { product } of ward.gateways) await product.rota.tick();
      for (const gateway of ward.gateways) await gateway.settle();
    },
    async until(moment) {
      ward.clock.advance(msBetween(ward.clock.now(), moment));
      await self.look();
    },
    async announcements(about) {
      const rows = await ward.store
        .database('alerts')
        .scan({ startKey: 'none:', endKey: 'none:\uffff', limit: 1000, includeDocs: true });
      const alerts = rows.map((row) => alertSchema.parse(row.doc?.body));
      return alerts.filter((alert) => about === undefined || alert.about === about);
    },
    async told(about) {
      return (await self.announcements(about))
        .map(({ urgency, recipient }) => `${urgency} ${nameOf(recipient)}`)
        .sort();
    },
  };
  await ward.openGateway('one');
  // Elsewhere nobody is looked for, so that gaps there do not speak.
  await self.put(
    ...Object.values(departments)
      .filter(({ id }) => id !== departments.cardiology.id && id !== departments.radiology.id)
      .map((each) => ({
        ...each,
        head: each.id === departments.heartCentre.id ? people.parentHead.id : null,
        policies: { emergency: quiet, urgent: quiet, routine: quiet },
      })),
    { ...departments.radiology, policies: { emergency: quiet, urgent: quiet, routine: quiet } },
    weekOfDuty(departments.radiology.id, [always('first', staff.dutyAdministrator)]),
  );
  if (ward.clock.now() !== storyStart) throw new Error('the story begins at 13:00 in Karachi');
  return self;
}
