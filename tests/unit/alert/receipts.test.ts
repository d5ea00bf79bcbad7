import { describe, expect, it } from 'vitest';
import type { Alert, AlertFact } from '#shared/alert/alert.ts';
import { addFact, alertState, isStoodDown, maxAlertFacts, mergeAlerts } from '#shared/alert/receipts.ts';
import { alertOf, alertIdOf } from '#shared/alert/plan.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { consultId, departments, eventId, people, storyStart } from '#tests/builders.ts';

const alert: Alert = alertOf(
  {
    id: alertIdOf(consultId('one'), eventId('cause'), people.cardiologist.id),
    consult: consultId('one'),
    cause: eventId('cause'),
    recipient: people.cardiologist.id,
    as: 'on-call first',
    about: 'new-consult',
    urgency: 'emergency',
    department: departments.cardiology.id,
  },
  storyStart,
);
const fact = (name: AlertFact['fact'], minutes: number, over: Partial<AlertFact> = {}): AlertFact => ({
  fact: name,
  channel: 'push',
  device: null,
  attempt: 0,
  outcome: name === 'sent' ? 'ok' : null,
  at: addMinutes(storyStart, minutes),
  ...over,
});

describe('alert receipts', () => {
  it.each<[string, AlertFact[], string]>([
    ['planned and no more', [], 'planned'],
    ['sent', [fact('sent', 1)], 'sent'],
    ['sending failed', [fact('sent', 1, { outcome: 'failed' })], 'planned'],
    ['the subscription is dead', [fact('sent', 1, { outcome: 'gone' })], 'planned'],
    ['shown, though the answer to sending was lost', [fact('shown', 2)], 'shown'],
    ['opened before a device said it was shown', [fact('opened', 2), fact('shown', 3)], 'opened'],
    ['acted, then shown on another device', [fact('acted', 2), fact('shown', 3)], 'acted'],
    ['stood down is no stage', [fact('sent', 1), fact('stood-down', 2)], 'sent'],
  ])('ALE-4 %s', (_title, facts, expected) => {
    expect(alertState(facts.reduce(addFact, alert))).toBe(expected);
  });

  it('keeps the earliest of one fact', () => {
    const twice = addFact(addFact(alert, fact('shown', 5)), fact('shown', 3));
    expect(twice.facts.filter((one) => one.fact === 'shown').map((one) => one.at)).toEqual([
      addMinutes(storyStart, 3),
    ]);
    expect(addFact(twice, fact('shown', 9))).toEqual(twice);
  });

  it('keeps attempts apart', () => {
    const sent = addFact(
      addFact(alert, fact('sent', 1, { outcome: 'failed' })),
      fact('sent', 2, { attempt: 1 }),
    );
    expect(sent.facts.filter((one) => one.fact === 'sent')).toHaveLength(2);
    expect(isStoodDown(sent)).toBe(false);
    expect(isStoodDown(addFact(sent, fact('stood-down', 3)))).toBe(true);
  });

  it('no number of attempts pushes out what a person did', () => {
    const attempts = Array.from({ length: maxAlertFacts + 50 }, (_unused, attempt) =>
      fact('sent', 1, { attempt }),
    );
    const full = mergeAlerts(addFact(alert, fact('acted', 500)), { ...alert, facts: attempts });
    expect(full.facts).toHaveLength(maxAlertFacts);
    expect(alertState(full)).toBe('acted');
  });
});
