import { describe, expect, test } from 'vitest';
import { alertKindSchema, alertSchema, heldAlertSchema } from '#shared/alert/alert.ts';
import { alertOf } from '#shared/alert/plan.ts';
import { aboutAlert, alertTitle } from '$lib/alarm/alert-words.ts';
import { isUnread, myAlerts } from '$lib/alarm/my-alerts.ts';
import { departments, eventId, people, storyStart } from '#tests/builders.ts';

const known = alertOf(
  {
    id: 'none:one',
    consult: null,
    cause: eventId('one'),
    recipient: people.cardiologist.id,
    as: 'assignee',
    about: 'note',
    urgency: 'urgent',
    department: departments.cardiology.id,
  },
  storyStart,
);
const newer = { ...known, about: 'eclipse', moon: 'new' };

describe('OFF-7 an alert of a newer server on a tablet that was not updated', () => {
  test.each(alertKindSchema.options)('%s is read as what it is', (about) => {
    expect(heldAlertSchema.parse({ ...known, about })).toEqual({ ...known, about });
  });

  test('a kind it does not know stays in the list, unread, and says that the app is to be updated', () => {
    expect(alertSchema.safeParse(newer).success).toBe(false);
    const held = heldAlertSchema.parse(newer);
    expect(myAlerts([held], people.cardiologist.id)).toEqual([held]);
    const reading = {
      person: people.cardiologist.id,
      signedInAt: null,
      looked: {},
      isOpenConsult: () => false,
    };
    expect(isUnread(held, reading)).toBe(true);
    expect(alertTitle(held, () => '')).toBe('Something waits for you');
    expect(aboutAlert(held, 'Cardiology')).toBe('Cardiology · update the app to see what it is.');
  });

  test('a fact it does not know is passed over, and those it knows stay', () => {
    const [fact] = known.facts;
    const facts = [fact, { ...fact, fact: 'dreamt' }, { ...fact, channel: 'pigeon' }, 7];
    expect(heldAlertSchema.parse({ ...known, facts }).facts).toEqual([fact]);
  });

  test('what is no alert at all is still none', () => {
    for (const wrong of [null, {}, { ...known, recipient: 'me' }, { ...known, urgency: 'whenever' }])
      expect(heldAlertSchema.safeParse(wrong).success).toBe(false);
  });
});
