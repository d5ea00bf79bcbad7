import { describe, expect, test } from 'vitest';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import { alarmAfterMs, undeliveredEmergencies } from '$lib/alarm/undelivered.ts';
import type { Delivery, OutboxItem } from '$lib/tablet/tablet.ts';
import { authored, consultId, departments, eventId, requestContent, storyStart } from '#tests/builders.ts';

const nobody = new Set<string>();
const unknown = (): DepartmentId | null => null;
const waited = (ms: number): Delivery => ({ state: 'on-this-tablet', since: addMs(storyStart, -ms) });
const now: Instant = storyStart;

const request = (urgency: 'emergency' | 'urgent', delivery: Delivery): OutboxItem => ({
  event: authored('submitted', { content: requestContent({ urgency }), linked: [] }),
  document: 'consult',
  delivery,
  attempts: 1,
});

describe('the emergency alarm', () => {
  test.each<[string, OutboxItem, number]>([
    ['OFF-3 is silent before 30 s', request('emergency', waited(alarmAfterMs - 1)), 0],
    ['OFF-3 sounds at 30 s', request('emergency', waited(alarmAfterMs)), 1],
    ['is silent for what is urgent only', request('urgent', waited(alarmAfterMs * 10)), 0],
    ['is silent once it is at the server', request('emergency', { state: 'at-the-server', at: now }), 0],
    [
      'sounds at once when it was not accepted',
      request('emergency', { state: 'refused', code: 'not-allowed', kept: 'server' }),
      1,
    ],
    [
      'sounds at once when it was set aside',
      request('emergency', { state: 'quarantined', code: 'device-revoked' }),
      1,
    ],
  ])('%s', (_title, item, count) => {
    expect(undeliveredEmergencies([item], nobody, unknown, now)).toHaveLength(count);
  });

  test('names the department that was asked', () => {
    const [alarm] = undeliveredEmergencies([request('emergency', waited(60_000))], nobody, unknown, now);
    expect(alarm).toMatchObject({ department: departments.cardiology.id, why: 'not-left' });
  });

  test('OFF-3 ends when somebody rang or dismissed it', () => {
    const item = request('emergency', waited(60_000));
    const rang: OutboxItem = {
      event: authored('rang', undefined, { id: eventId('rang') }),
      document: 'consult',
      delivery: waited(0),
      attempts: 0,
    };
    expect(undeliveredEmergencies([item, rang], nobody, unknown, now)).toEqual([]);
    expect(undeliveredEmergencies([item], new Set([item.event.id]), unknown, now)).toEqual([]);
  });

  test('sounds for a consult raised to an emergency, with the department the tablet knows', () => {
    const raised: OutboxItem = {
      event: authored('urgency-changed', { to: 'emergency', reason: 'Worse' }),
      document: 'consult',
      delivery: waited(60_000),
      attempts: 2,
    };
    const [alarm] = undeliveredEmergencies([raised], nobody, () => departments.surgery.id, now);
    expect(alarm).toMatchObject({ consult: consultId('one'), department: departments.surgery.id });
  });
});
