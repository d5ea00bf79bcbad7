import { describe, expect, test } from 'vitest';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import { byBreach, bySent, inList, timeOf, waitsOnMe, type Reader } from '$lib/inbox/lists.ts';
import { freshness } from '$lib/ui/connection/freshness.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { departments, people, storyStart, story, type Story } from '#tests/builders.ts';

function consultOf(told: Story): Consult {
  const consult = projectConsult(told.events);
  if (consult === null) throw new Error('no consult');
  return consult;
}
const cardiologist: Reader = { person: people.cardiologist.id, departments: [departments.cardiology.id] };
const requester: Reader = { person: people.requester.id, departments: [departments.medicine.id] };
const taken = { promiseMinutes: 15, assignSelf: true };

describe('lists', () => {
  const fresh = consultOf(story('fresh').submitted());
  const mine = consultOf(story('mine').submitted().act('acknowledged', taken));
  const declined = consultOf(
    story('declined').submitted().act('declined', undefined, { by: people.receiver }),
  );

  test.each([
    [
      'CON-8 a new one stands in the department’s list',
      fresh,
      cardiologist,
      { department: true, mine: false, sent: false },
    ],
    ['CON-8 a taken one stands in both', mine, cardiologist, { department: true, mine: true, sent: false }],
    [
      'a new one stands in the sender’s list',
      fresh,
      requester,
      { department: false, mine: false, sent: true },
    ],
    [
      'a declined one waits on the sender',
      declined,
      requester,
      { department: false, mine: true, sent: true },
    ],
    [
      'a declined one waits no longer on the department',
      declined,
      cardiologist,
      { department: false, mine: false, sent: false },
    ],
  ])('%s', (_title, consult, reader, expected) => {
    expect({
      department: inList('department', consult, reader),
      mine: inList('mine', consult, reader),
      sent: inList('sent', consult, reader),
    }).toEqual(expected);
  });

  test('what waits on a person is what they took and what came back to them', () => {
    expect(waitsOnMe(mine, people.cardiologist.id)).toBe(true);
    expect(waitsOnMe(fresh, people.cardiologist.id)).toBe(false);
    expect(waitsOnMe(declined, people.requester.id)).toBe(true);
  });

  test('CON-8 what breaches first stands first, whatever its urgency', () => {
    const lateRoutine = consultOf(
      story('late', addMinutes(storyStart, -300)).submitted({ urgency: 'routine' }),
    );
    const emergency = consultOf(story('emergency').submitted({ urgency: 'emergency' }));
    expect([emergency, lateRoutine].sort(byBreach).map(({ id }) => id)).toEqual([
      lateRoutine.id,
      emergency.id,
    ]);
  });

  test('an emergency that has not left this tablet stands before everything', () => {
    const unsent = consultOf(story('unsent').submitted({ urgency: 'emergency' }, { unsent: true }));
    expect([fresh, unsent].sort(byBreach)[0]?.id).toBe(unsent.id);
  });

  test('CON-8 of what was sent an emergency without an answer stands first, then what came back, then what runs', () => {
    const answered = consultOf(story('answered').submitted().act('acknowledged', taken).act('completed'));
    const asks = consultOf(story('asks').submitted({ urgency: 'routine' }).act('info-requested'));
    const emergency = consultOf(story('emergency').submitted({ urgency: 'emergency' }));
    const unsent = consultOf(story('unsent').submitted({ urgency: 'emergency' }, { unsent: true }));
    const answeredEmergency = consultOf(
      story('over').submitted({ urgency: 'emergency' }).act('acknowledged', taken).act('completed'),
    );
    const all = [fresh, answered, asks, answeredEmergency, emergency, declined, unsent];
    const order = [unsent, emergency, 'came back', 'came back', 'answered', 'answered', fresh];
    const back = new Set([asks.id, declined.id]);
    const over = new Set([answered.id, answeredEmergency.id]);
    expect(
      all.sort(bySent).map(({ id }) => (back.has(id) ? 'came back' : over.has(id) ? 'answered' : id)),
    ).toEqual(order.map((each) => (typeof each === 'string' ? each : each.id)));
  });

  test('a declined one counts no minutes to its being taken', () => {
    expect(timeOf(declined, addMinutes(storyStart, 3))).toEqual({ left: { state: 'none' }, clock: null });
  });

  test('never more is left than there was to begin with, however old the screen’s own minute is', () => {
    const { left } = timeOf(fresh, addMinutes(storyStart, -2));
    const atStart = timeOf(fresh, storyStart);
    expect(left).toEqual(atStart.left);
  });

  test('CON-5 a paused clock says so instead of counting', () => {
    const asked = consultOf(story('asked').submitted().act('seen').act('info-requested'));
    const { left } = timeOf(asked, addMinutes(storyStart, 3));
    expect(['paused', 'plenty']).toContain(left.state);
    expect(left.state).not.toBe('late');
  });
});

describe('OFF-8 how old what is shown may be', () => {
  test.each([
    [1, 'fresh'],
    [2, 'amber'],
    [9, 'amber'],
    [10, 'red'],
  ] as const)('%i minutes after the last answer it is %s', (minutes, level) => {
    expect(freshness({ confirmedAt: storyStart }, addMinutes(storyStart, minutes)).level).toBe(level);
  });
  test('without any answer it is never', () => {
    expect(freshness({ confirmedAt: null }, storyStart).level).toBe('never');
  });
});
