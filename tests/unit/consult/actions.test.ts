import { describe, expect, test } from 'vitest';
import { actionsFor } from '#shared/consult/actions.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Person } from '#shared/directory/staff.ts';
import { hospital, people, story, storyStart, type Story } from '#tests/builders.ts';

const takes = { promiseMinutes: 15, assignSelf: true };
const offered = (told: Story, who: Person) =>
  actionsFor(projectConsult(told.events)!, who, hospital(), storyStart);
const submitted = () => story().submitted();
const taken = () => submitted().act('acknowledged', takes);
const seen = () => taken().act('seen');

describe('what a screen offers', () => {
  test.each([
    ['a new one, to a doctor', submitted(), people.cardiologist, 'acknowledged'],
    ['a new one, to the requester', submitted(), people.requester, null],
    ['a new one, to a nurse', submitted(), people.cardiologyNurse, null],
    ['a new one, to a hospital manager', submitted(), people.manager, null],
    ['taken, to the one who has it', taken(), people.cardiologist, 'seen'],
    ['taken, to a colleague', taken(), people.cardiologist2, null],
    [
      'acknowledged for the department, to a doctor',
      submitted().act('acknowledged', undefined, { by: people.receiver }),
      people.cardiologist,
      'seen',
    ],
    ['seen, to the one who has it', seen(), people.cardiologist, 'completed'],
    ['asked, to the requester', taken().act('info-requested'), people.requester, 'info-provided'],
    ['asked, to the one who asked', taken().act('info-requested'), people.cardiologist, null],
    ['declined, to the requester', submitted().act('declined'), people.requester, 'resubmitted'],
    ['answered, to the requester', seen().act('completed'), people.requester, 'closed'],
    [
      'answered with a follow-up, to the one who has it',
      seen().act('completed'),
      people.cardiologist,
      'follow-up-recorded',
    ],
    ['closed, to the requester', seen().act('completed').act('closed'), people.requester, null],
  ] as const)('next step: %s', (_, told, who, primary) => {
    expect(offered(told, who).primary).toBe(primary);
  });

  test('a hand-over comes before all else', () => {
    const told = taken();
    told.system('hand-over-offered', { to: people.cardiologist2.id, until: storyStart });
    expect(offered(told, people.cardiologist2).primary).toBe('hand-over-confirmed');
    expect(offered(told, people.head).others).not.toContain('hand-over-confirmed');
  });

  test('a receiver who is no doctor gives it to somebody', () => {
    const clerk: Person = { ...people.receiver, designation: 'ward-clerk' };
    expect(offered(submitted(), clerk).primary).toBe('assigned');
  });

  test('all else: what the person may and what would change something', () => {
    expect(offered(submitted(), people.cardiologist).others).toEqual([
      'seen',
      'info-requested',
      'note-added',
      'message-posted',
      'attachment-added',
      'joined',
    ]);
    expect(offered(submitted(), people.requester).others).toEqual([
      'urgency-changed',
      'cancelled',
      'rang',
      'note-added',
      'message-posted',
      'attachment-added',
      'joined',
    ]);
    expect(offered(taken(), people.head).others).toEqual([
      'promise-changed',
      'reassigned',
      'unassigned',
      'seen',
      'info-requested',
      'redirected',
      'declined',
      'completed',
      'note-added',
      'message-posted',
      'attachment-added',
      'joined',
    ]);
    expect(offered(submitted(), people.manager).others).toEqual(['redirected', 'force-closed']);
    expect(offered(submitted(), people.cardiologyClerk)).toEqual({ primary: null, others: [] });
    expect(offered(submitted(), people.radiologist)).toEqual({ primary: null, others: [] });
  });

  test('what a machine gave to another can still be taken; what a person gave cannot be taken over, only acknowledged', () => {
    const automatic = submitted();
    automatic.system('auto-assigned', {
      of: automatic.last.id,
      to: people.cardiologist2.id,
      rule: 'on-call',
    });
    expect(offered(automatic, people.cardiologist).primary).toBe('acknowledged');
    expect(offered(taken(), people.cardiologist2).others).not.toContain('acknowledged');
  });

  test('a consult that is nearly full offers what brings it to its end', () => {
    const told = seen();
    for (let i = 0; i < 60; i++) told.act('note-added', { kind: 'progress', text: 'x'.repeat(7900) });
    expect(offered(told, people.cardiologist)).toEqual({ primary: 'completed', others: [] });
    expect(offered(told, people.requester).others).toEqual(['cancelled']);
  });
});
