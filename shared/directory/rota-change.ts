import { z } from 'zod';
import { applyEdit, editSchemaOf } from '#shared/administration/edit.ts';
import { canonicalJson } from '#shared/event/canonical.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { localTimeOf, type IsoWeek } from './local-time.ts';
import { isoWeekSchema, maxShiftsOfWeek, shiftSchema, type RotaWeek, type Shift } from './rota.ts';
import { copyWeek, shiftPatternSchema, shiftsOfPattern } from './shift-pattern.ts';

/** What a shift says beside its id. */
export const shiftFieldsSchema = z.strictObject(shiftSchema.omit({ id: true }).shape);
export type ShiftFields = z.infer<typeof shiftFieldsSchema>;

export const shiftIdSchema = z.string().regex(/^[a-zA-Z0-9:._-]{1,60}$/);

/** YYYY-MM-DDTHH:MM, as the clock on the writer's wall showed it. */
const wallTimeSchema = z.string().regex(/^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d$/);
/**
 * What the writer read as beginning and end. A time that the hospital's clock does not show then is refused: it is left out that day, or the
 * writer's device believes in other rules of summer time.
 */
const wallSchema = z.strictObject({ startsAt: wallTimeSchema, endsAt: wallTimeSchema });
export type WallTimes = z.infer<typeof wallSchema>;

/**
 * One change to a week of the rota. Each says what the writer was shown, so that nobody's change is overwritten unseen (ADM-2).
 * - `edit` of a turn that runs may only end it earlier, and only with `isRunning`: that it was seen to be so.
 * - `copy` brings another week's plain shifts to the same days and local times, where the tier has no plain shift yet and the time has not begun.
 *   `was` are that week's shifts as shown.
 * - `pattern` leaves out the days on which the turn would have begun already.
 */
export const rotaChangeSchema = z.discriminatedUnion('change', [
  z.strictObject({
    change: z.literal('add'),
    shift: shiftIdSchema,
    fields: shiftFieldsSchema,
    wall: wallSchema.optional(),
  }),
  z.strictObject({
    change: z.literal('edit'),
    shift: shiftIdSchema,
    edit: editSchemaOf(shiftFieldsSchema),
    wall: wallSchema.optional(),
    isRunning: z.literal(true).optional(),
  }),
  z.strictObject({ change: z.literal('remove'), shift: shiftIdSchema, was: shiftFieldsSchema }),
  z.strictObject({
    change: z.literal('copy'),
    from: isoWeekSchema,
    was: z.array(shiftSchema).max(maxShiftsOfWeek),
  }),
  z.strictObject({ change: z.literal('pattern'), pattern: shiftPatternSchema }),
]);
export type RotaChange = z.infer<typeof rotaChangeSchema>;

export type RotaChangeFault =
  /** Somebody changed it since it was shown. */
  | 'changed-meanwhile'
  | 'same-id'
  /** The clock does not show that time on that day. */
  | 'no-such-time'
  /** Who was on call stays as it was. */
  | 'has-begun'
  | 'too-many-shifts'
  | 'unknown-week';

export interface ChangeSetting {
  readonly timeZone: string;
  readonly now: Instant;
  /** Another week of the same department; null: nothing was written for it. */
  readonly otherWeek: (week: IsoWeek) => RotaWeek | null;
}

const isSameValue = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

export const fieldsOfShift = ({ id: _id, ...fields }: Shift): ShiftFields => fields;

const overlaps = (a: Shift, b: Shift): boolean => a.startsAt < b.endsAt && b.startsAt < a.endsAt;

/** Plain shifts of another week for this one: only where the tier has none, and not what would have begun. */
export function copiedShifts(week: RotaWeek, from: RotaWeek, { timeZone, now }: ChangeSetting): Shift[] {
  const taken = new Set(week.shifts.map(({ id }) => id));
  return (copyWeek(from, week.week, timeZone)?.shifts ?? []).filter(
    (shift) =>
      shift.startsAt >= now &&
      shift.startsAt < shift.endsAt &&
      !taken.has(shift.id) &&
      !week.shifts.some(
        (held) => held.override === null && held.tier === shift.tier && overlaps(held, shift),
      ),
  );
}

const wallText = (at: Instant, timeZone: string): string => {
  const { date, time } = localTimeOf(at, timeZone);
  return `${date}T${time}`;
};

/** What a clock in the hospital shows at the two ends. */
export const wallOf = (
  { startsAt, endsAt }: Pick<Shift, 'startsAt' | 'endsAt'>,
  timeZone: string,
): WallTimes => ({ startsAt: wallText(startsAt, timeZone), endsAt: wallText(endsAt, timeZone) });

function changedRunning(held: ShiftFields, fields: ShiftFields, now: Instant): boolean {
  const { endsAt: wasUntil, ...was } = held;
  const { endsAt: until, ...is } = fields;
  return isSameValue(was, is) && now <= until && until <= wasUntil;
}

function edited(
  held: Shift,
  change: Extract<RotaChange, { change: 'edit' }>,
  now: Instant,
): Result<Shift, RotaChangeFault> {
  const was = fieldsOfShift(held);
  const applied = applyEdit(was, change.edit);
  if (!applied.ok) return err('changed-meanwhile');
  const fields = applied.value;
  if (isSameValue(was, fields)) return ok(held);
  const isPast = held.endsAt <= now;
  const isRunning = held.startsAt <= now;
  if (isPast || (isRunning && change.isRunning !== true)) return err('has-begun');
  if (isRunning ? !changedRunning(was, fields, now) : fields.startsAt < now) return err('has-begun');
  return ok({ ...fields, id: held.id });
}

/** The week after one change. What a change would make that is already so is no fault. Whether the outcome makes sense says `rotaProblems`. */
export function applyRotaChange(
  week: RotaWeek,
  change: RotaChange,
  setting: ChangeSetting,
): Result<RotaWeek, RotaChangeFault> {
  const { timeZone, now } = setting;
  const added = (shifts: readonly Shift[]): Result<RotaWeek, RotaChangeFault> =>
    week.shifts.length + shifts.length > maxShiftsOfWeek
      ? err('too-many-shifts')
      : ok({ ...week, shifts: [...week.shifts, ...shifts] });
  switch (change.change) {
    case 'add': {
      const { fields, wall } = change;
      const held = week.shifts.find(({ id }) => id === change.shift);
      if (held !== undefined) return isSameValue(fieldsOfShift(held), fields) ? ok(week) : err('same-id');
      if (wall !== undefined && !isSameValue(wall, wallOf(fields, timeZone))) return err('no-such-time');
      if (fields.startsAt < now) return err('has-begun');
      return added([{ ...fields, id: change.shift }]);
    }
    case 'edit': {
      const held = week.shifts.find(({ id }) => id === change.shift);
      if (held === undefined) return err('changed-meanwhile');
      const next = edited(held, change, now);
      if (!next.ok) return next;
      const { wall } = change;
      if (wall !== undefined && !isSameValue(wall, wallOf(next.value, timeZone))) return err('no-such-time');
      return ok({ ...week, shifts: week.shifts.map((shift) => (shift === held ? next.value : shift)) });
    }
    case 'remove': {
      const held = week.shifts.find(({ id }) => id === change.shift);
      if (held === undefined) return ok(week);
      if (!isSameValue(fieldsOfShift(held), change.was)) return err('changed-meanwhile');
      if (held.startsAt <= now) return err('has-begun');
      return ok({ ...week, shifts: week.shifts.filter((shift) => shift !== held) });
    }
    case 'copy': {
      if (change.from === week.week) return err('unknown-week');
      const from = setting.otherWeek(change.from);
      if (!isSameValue(from?.shifts ?? [], change.was)) return err('changed-meanwhile');
      return from === null ? ok(week) : added(copiedShifts(week, from, setting));
    }
    case 'pattern': {
      const taken = new Set(week.shifts.map(({ id }) => id));
      return added(
        shiftsOfPattern(change.pattern, week.week, timeZone).filter(
          ({ id, startsAt }) => startsAt >= now && !taken.has(id),
        ),
      );
    }
  }
}
