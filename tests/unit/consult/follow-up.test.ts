import { describe, expect, it } from 'vitest';
import type { FollowUp } from '#shared/consult/events.ts';
import { dueFollowUp, nextFollowUpAt } from '#shared/consult/follow-up.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { eventIdSchema } from '#shared/lib/id.ts';
import { instant } from '#shared/lib/instant.ts';
import { stamped, story, systemEvent, type Story } from '#tests/builders.ts';

const zone = 'Asia/Karachi';
/** Answered on Monday 2 March at 13:20 in Karachi. */
const answered = (followUp: FollowUp): Story =>
  story()
    .submitted()
    .act('seen')
    .act(
      'completed',
      {
        answers: { kind: 'question' },
        findings: 'Stable.',
        recommendations: [],
        followUp,
      },
      { atMinute: 20 },
    );
const consultOf = (told: Story) => {
  const consult = projectConsult(told.events);
  if (consult === null) throw new Error('no consult');
  return consult;
};
const every = (everyDays: number): FollowUp => ({ kind: 'regular', everyDays });

describe('follow-ups that fall due', () => {
  it.each([
    ['not before its day', every(2), '2026-03-04T02:59:00.000Z', null],
    [
      'at the start of the rounds of its day',
      every(2),
      '2026-03-04T03:00:00.000Z',
      '2026-03-04T03:00:00.000Z',
    ],
    ['after an outage only the latest', every(2), '2026-03-09T10:00:00.000Z', '2026-03-08T03:00:00.000Z'],
    ['every day', every(1), '2026-03-03T03:00:00.000Z', '2026-03-03T03:00:00.000Z'],
    ['never without one', { kind: 'none' } as const, '2026-12-01T00:00:00.000Z', null],
    [
      'never when only a result is awaited',
      { kind: 'conditional', when: 'INR is back', dueAt: null } as const,
      '2026-12-01T00:00:00.000Z',
      null,
    ],
    [
      'at the time that was named',
      { kind: 'conditional', when: 'After dialysis', dueAt: instant('2026-03-03T21:15:00.000Z') } as const,
      '2026-03-03T21:15:00.000Z',
      '2026-03-03T21:15:00.000Z',
    ],
  ])('CON-7 %s', (_what, plan, now, expected) => {
    const due = dueFollowUp(consultOf(answered(plan)), zone, instant(now));
    expect(due?.dueAt ?? null).toBe(expected);
    if (due !== null) expect(eventIdSchema.safeParse(due.event).success).toBe(true);
  });

  it('a reminder that stands in the timeline is not said again; the next comes in its turn', () => {
    const told = answered(every(2));
    const now = instant('2026-03-04T03:00:00.000Z');
    const due = dueFollowUp(consultOf(told), zone, now);
    if (due === null) throw new Error('not due');
    const cause = stamped(told.last, told.last.n ?? 1, now);
    told.raw({
      ...systemEvent('follow-up-due', { of: due.of, dueAt: due.dueAt }, cause, told.lastN + 1, now),
      id: due.event,
    });
    const consult = consultOf(told);
    expect(dueFollowUp(consult, zone, now)).toBeNull();
    expect(nextFollowUpAt(consult, zone, now)).toBe('2026-03-06T03:00:00.000Z');
    expect(dueFollowUp(consult, zone, instant('2026-03-06T03:00:00.000Z'))?.event).not.toBe(due.event);
  });

  it('a recorded visit counts anew, and one that ends it leaves nothing due', () => {
    const visited = answered(every(2)).act(
      'follow-up-recorded',
      { findings: 'Better.', next: every(3) },
      {
        atMinute: 2 * 1440,
      },
    );
    const now = instant('2026-03-06T12:00:00.000Z');
    expect(dueFollowUp(consultOf(visited), zone, now)).toBeNull();
    expect(nextFollowUpAt(consultOf(visited), zone, now)).toBe('2026-03-07T03:00:00.000Z');
    const ended = answered(every(2)).act('follow-up-ended', { reason: 'Home.' });
    expect(nextFollowUpAt(consultOf(ended), zone, now)).toBeNull();
  });

  it('a consult that was opened again has none until it is answered', () => {
    const reopened = answered(every(2)).act('reopened');
    expect(nextFollowUpAt(consultOf(reopened), zone, instant('2026-03-06T12:00:00.000Z'))).toBeNull();
  });
});
