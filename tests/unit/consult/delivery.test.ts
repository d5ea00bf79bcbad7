import { describe, expect, test } from 'vitest';
import type { Alert, AlertFact } from '#shared/alert/alert.ts';
import { deliveryFacts } from '#shared/consult/delivery.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { EventId, PersonId } from '#shared/lib/id.ts';
import { consultId, departments, deviceId, people, story, type Story } from '#tests/builders.ts';

const fact = (
  kind: AlertFact['fact'],
  told: Story,
  minute: number,
  over: Partial<AlertFact> = {},
): AlertFact => ({
  fact: kind,
  channel: 'push',
  device: deviceId('phone'),
  attempt: 0,
  outcome: kind === 'sent' ? 'ok' : null,
  at: told.minute(minute),
  ...over,
});
const alert = (
  cause: EventId,
  recipient: PersonId,
  facts: AlertFact[],
  over: Partial<Alert> = {},
): Alert => ({
  kind: 'alert',
  id: `${consultId('one')}:${cause}:${recipient}`,
  consult: consultId('one'),
  cause,
  recipient,
  as: 'on-call first',
  about: 'new-consult',
  urgency: 'urgent',
  department: departments.cardiology.id,
  plannedAt: story().minute(0),
  facts,
  ...over,
});
const factsOf = (told: Story, event: HeldEvent, alerts: readonly Alert[] = []) =>
  deliveryFacts(event, projectConsult(told.events)!, alerts);
const submission = (told: Story): HeldEvent => told.events.find((event) => event.type === 'submitted')!;

describe('OFF-2 delivery', () => {
  test('on this tablet only: nothing is known, and nothing is hoped', () => {
    const told = story().submitted({}, { unsent: true });
    expect(factsOf(told, submission(told))).toEqual({
      atServerAt: null,
      sentAt: null,
      shown: [],
      opened: [],
      acknowledged: null,
    });
  });

  test('at the server', () => {
    const told = story().submitted();
    expect(factsOf(told, submission(told)).atServerAt).toBe(told.minute(0));
  });

  test('sent is the first alert a channel took; planned, failed and in-app ones are not sent', () => {
    const told = story().submitted();
    const cause = submission(told).id;
    const tried = [
      fact('planned', told, 0),
      fact('sent', told, 1, { outcome: 'gone' }),
      fact('sent', told, 1, { channel: 'in-app' }),
    ];
    expect(factsOf(told, submission(told), [alert(cause, people.head.id, tried)]).sentAt).toBeNull();
    const sent = [fact('sent', told, 3), fact('sent', told, 2)];
    expect(factsOf(told, submission(told), [alert(cause, people.head.id, sent)]).sentAt).toBe(told.minute(2));
  });

  test('shown and opened: first time per person, earliest first', () => {
    const told = story().submitted();
    const cause = submission(told).id;
    const { shown, opened } = factsOf(told, submission(told), [
      alert(cause, people.head.id, [fact('shown', told, 4), fact('shown', told, 2)]),
      alert(`${cause}:auto-assigned` as EventId, people.cardiologist.id, [
        fact('shown', told, 1),
        fact('opened', told, 5),
      ]),
    ]);
    expect(shown).toEqual([
      { person: people.cardiologist.id, at: told.minute(1) },
      { person: people.head.id, at: told.minute(2) },
    ]);
    expect(opened).toEqual([{ person: people.cardiologist.id, at: told.minute(5) }]);
  });

  test('alerts about something else say nothing', () => {
    const told = story().submitted().act('note-added');
    const facts = [fact('sent', told, 1), fact('shown', told, 1)];
    const others = [
      alert(told.last.id, people.head.id, facts),
      alert(submission(told).id, people.head.id, facts, { consult: consultId('two') }),
    ];
    expect(factsOf(told, submission(told), others)).toMatchObject({ sentAt: null, shown: [] });
  });

  test('opening the consult counts for what was in it then, not for what came after, nor for its author', () => {
    const told = story()
      .submitted()
      .act('opened', {}, { by: people.requester })
      .act('opened', {}, { atMinute: 7 });
    told.act('message-posted', undefined, { by: people.requester });
    expect(factsOf(told, submission(told)).opened).toEqual([
      { person: people.cardiologist.id, at: told.minute(7) },
    ]);
    expect(factsOf(told, told.last).opened).toEqual([]);
  });

  test.each([
    [
      'acknowledged',
      story().submitted().act('acknowledged', undefined, { atMinute: 9 }),
      people.cardiologist,
    ],
    ['seen', story().submitted().act('seen', undefined, { atMinute: 9 }), people.cardiologist],
    [
      'assigned with acknowledgement',
      story()
        .submitted()
        .act('assigned', { to: people.cardiologist.id, acknowledges: true }, { atMinute: 9 }),
      people.receiver,
    ],
  ])('a request is acknowledged by the first who takes it on: %s', (_, told, by) => {
    expect(factsOf(told, submission(told)).acknowledged).toEqual({ person: by.id, at: told.minute(9) });
  });

  test('neither an assignment nor an act without effect acknowledges', () => {
    const told = story().submitted().act('assigned').act('completed');
    expect(factsOf(told, submission(told)).acknowledged).toBeNull();
  });

  test('an assignment is acknowledged by the one it was given to', () => {
    const told = story().submitted().act('assigned', { to: people.cardiologist2.id, acknowledges: true });
    const assignment = told.last;
    expect(factsOf(told, assignment).acknowledged).toBeNull();
    told.act('seen', {}, { by: people.cardiologist2, atMinute: 12 });
    expect(factsOf(told, assignment).acknowledged).toEqual({
      person: people.cardiologist2.id,
      at: told.minute(12),
    });
  });

  test('a later round does not answer an earlier one, and a note waits for nobody', () => {
    const told = story().submitted().act('note-added');
    const note = told.last;
    told
      .act('redirected', undefined, { by: people.receiver })
      .act('acknowledged', undefined, { by: people.surgeon });
    expect(factsOf(told, submission(told)).acknowledged).toBeNull();
    expect(factsOf(told, note).acknowledged).toBeNull();
    const redirect = told.events.find((event) => event.type === 'redirected')!;
    expect(factsOf(told, redirect).acknowledged?.person).toBe(people.surgeon.id);
  });
});
