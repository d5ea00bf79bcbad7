import { describe, expect, test } from 'vitest';
import { authoredConsultTypes, type AuthoredConsultType } from '#shared/consult/events.ts';
import { isReadable } from '#shared/consult/shape.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { authored, people, requestContent, sampleBodies, story, storyStart } from '#tests/builders.ts';

const held = (type: AuthoredConsultType, body: Record<string, unknown>): HeldEvent => ({
  ...authored(type),
  body,
});

/** Every way to spoil one field, at any depth: taken away, or a thing of another kind in its place. */
function* spoiled(value: unknown): Generator {
  if (typeof value !== 'object' || value === null) return;
  const entries = Object.entries(value);
  for (const [key, member] of entries) {
    const others = Object.fromEntries(entries.filter(([name]) => name !== key));
    const rebuild = (made: Record<string, unknown>): unknown =>
      Array.isArray(value) ? Object.values(made) : made;
    if (!Array.isArray(value)) yield others;
    yield rebuild({ ...others, [key]: Symbol.for('foreign') });
    for (const inner of spoiled(member)) yield rebuild({ ...others, [key]: inner });
  }
}

describe('bodies in the record', () => {
  test.each(authoredConsultTypes)(
    '%s: what the schema takes is readable, also with fields of a newer build',
    (type) => {
      expect(isReadable(held(type, { ...sampleBodies[type] }))).toBe(true);
      expect(isReadable(held(type, { ...sampleBodies[type], later: { build: true } }))).toBe(true);
    },
  );

  test.each(authoredConsultTypes.filter((type) => Object.keys(sampleBodies[type]).length > 0))(
    '%s: with any field missing or of another kind it is not',
    (type) => {
      const full = type === 'submitted' ? { ...sampleBodies.submitted, content: rich } : sampleBodies[type];
      for (const body of spoiled(full)) {
        expect(isReadable(held(type, body as Record<string, unknown>)), JSON.stringify(body)).toBe(false);
      }
    },
  );

  test('facts of the server are readable', () => {
    const told = story().submitted({}, { lateMinutes: 3 });
    told.system('auto-assigned', { of: told.last.id, to: people.cardiologist.id, rule: 'on-call' });
    told.system('hand-over-offered', { to: people.cardiologist.id, until: storyStart });
    told.system('follow-up-due', { of: told.last.id, dueAt: storyStart });
    told.system('patient-relinked', { patient: requestContent().patient });
    expect(told.events.filter((event) => !isReadable(event))).toEqual([]);
  });
});

const rich = requestContent({
  vitals: {
    respirationsPerMinute: 20,
    oxygenSaturationPercent: 95,
    oxygenScale: 1,
    onOxygen: true,
    systolicMmHg: 120,
    diastolicMmHg: 80,
    pulsePerMinute: 90,
    consciousness: 'alert',
    temperatureCelsius: 37.2,
  },
  preferredDoctor: people.cardiologist.id,
  intakeAnswers: [{ question: 'ecg', asked: 'ECG done?', answer: true }],
});
