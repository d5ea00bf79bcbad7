import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertFactSchema, channelSchema, type Alert, type AlertFact } from '#shared/alert/alert.ts';
import { alertIdOf, alertOf } from '#shared/alert/plan.ts';
import { addFact, alertState, mergeAlerts } from '#shared/alert/receipts.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { consultId, departments, deviceId, eventId, people, storyStart } from '#tests/builders.ts';

const anyFact: fc.Arbitrary<AlertFact> = fc.record({
  fact: fc.constantFrom(...alertFactSchema.shape.fact.options),
  channel: fc.option(fc.constantFrom(...channelSchema.options)),
  device: fc.option(fc.constantFrom(deviceId('a'), deviceId('b'))),
  attempt: fc.integer({ min: 0, max: 2 }),
  outcome: fc.option(fc.constantFrom('ok' as const, 'failed' as const, 'gone' as const)),
  at: fc.integer({ min: 0, max: 6 }).map((minutes) => addMinutes(storyStart, minutes)),
});
const anyAlert: fc.Arbitrary<Alert> = fc
  .record({
    as: fc.constantFrom('receiver', 'head'),
    minutes: fc.integer({ min: 0, max: 3 }),
    facts: fc.array(anyFact, { maxLength: 8 }),
  })
  .map(({ as, minutes, facts }) =>
    facts.reduce(
      addFact,
      alertOf(
        {
          id: alertIdOf(consultId('one'), eventId('cause'), people.head.id),
          consult: consultId('one'),
          cause: eventId('cause'),
          recipient: people.head.id,
          as,
          about: 'escalated',
          urgency: 'urgent',
          department: departments.cardiology.id,
        },
        addMinutes(storyStart, minutes),
      ),
    ),
  );
const stages = ['planned', 'sent', 'shown', 'opened', 'acted'];

describe('merging copies of an alert', () => {
  it('commutes', () => {
    fc.assert(
      fc.property(anyAlert, anyAlert, (a, b) => {
        expect(mergeAlerts(a, b)).toEqual(mergeAlerts(b, a));
      }),
    );
  });
  it('associates', () => {
    fc.assert(
      fc.property(anyAlert, anyAlert, anyAlert, (a, b, c) => {
        expect(mergeAlerts(mergeAlerts(a, b), c)).toEqual(mergeAlerts(a, mergeAlerts(b, c)));
      }),
    );
  });
  it('repeats without effect', () => {
    fc.assert(
      fc.property(anyAlert, anyAlert, (a, b) => {
        const merged = mergeAlerts(a, b);
        expect(mergeAlerts(merged, b)).toEqual(merged);
        expect(mergeAlerts(merged, merged)).toEqual(merged);
      }),
    );
  });
  it('ALE-4 never brings an alert back to an earlier stage', () => {
    fc.assert(
      fc.property(anyAlert, anyAlert, (a, b) => {
        // The outcome is no part of a fact's key: of one attempt only the earliest word counts.
        const sure = (alert: Alert) =>
          Math.max(0, ...alert.facts.map((one) => (one.fact === 'sent' ? 0 : stages.indexOf(one.fact))));
        expect(stages.indexOf(alertState(mergeAlerts(a, b)))).toBeGreaterThanOrEqual(
          Math.max(sure(a), sure(b)),
        );
      }),
    );
  });
});
