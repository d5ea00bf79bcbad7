import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { authoredConsultBodies, systemConsultBodies } from '#shared/consult/events.ts';
import { auditFilterSchema } from '#shared/audit/protocol.ts';
import { authoredPatientBodies, systemPatientBodies } from '#shared/patient/events.ts';
import { actionGroups, actionWords, knownActions } from '$lib/audit/audit-words.ts';
import { noFields, queryOf } from '$lib/audit/filter.ts';

const server = new URL('../../../sync-server', import.meta.url).pathname;
const sources = readdirSync(server, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(server, name), 'utf8'))
  .join('\n');
const families = [...new Set(knownActions.map((action) => action.split('.')[0]!))];
const written = [...sources.matchAll(/'([a-z-]+)(\.[a-z-]+)+'/g)]
  .filter(([, family]) => families.includes(family ?? ''))
  .map(([text]) => text.slice(1, -1))
  .filter((action) => !/\.(ts|json|sock|csv)$/.test(action));

describe('the words of the audit', () => {
  it('AUD-1 say each action that the server writes', () => {
    expect(written.length).toBeGreaterThan(40);
    // The beginnings that a collection's name follows.
    const beginnings = ['sync.pull', 'sync.documents', 'sync.stream', 'sync.offer'];
    const unsaid = [...new Set(written)].filter(
      (action) => !knownActions.includes(action) && !beginnings.includes(action),
    );
    expect(unsaid).toEqual([]);
  });

  it('AUD-1 say each event of consults and patients', () => {
    const events = [
      ...Object.keys({ ...authoredConsultBodies, ...systemConsultBodies }).map((type) => `consult.${type}`),
      ...Object.keys({ ...authoredPatientBodies, ...systemPatientBodies }).map((type) => `patient.${type}`),
    ];
    expect(events.filter((action) => !knownActions.includes(action))).toEqual([]);
  });

  it('show what they do not know as it was written', () => {
    expect(actionWords('session.begin')).toBe('Signed in');
    expect(actionWords('fhir.read')).toBe('fhir.read');
  });

  it('offer groups that hold something', () => {
    for (const { value } of actionGroups())
      expect(knownActions.some((action) => action.startsWith(`${value}.`))).toBe(true);
  });
});

describe('what is asked of the server', () => {
  it('takes days as the hospital’s, both included, also where the clock changes', () => {
    const asked = (from: string, until: string, zone: string) =>
      Object.fromEntries(queryOf({ ...noFields, from, until }, zone));
    expect(asked('2026-03-02', '2026-03-02', 'Asia/Karachi')).toEqual({
      from: '2026-03-01T19:00:00.000Z',
      to: '2026-03-02T18:59:59.999Z',
    });
    expect(asked('2026-03-29', '2026-03-29', 'Europe/Berlin')).toEqual({
      from: '2026-03-28T23:00:00.000Z',
      to: '2026-03-29T21:59:59.999Z',
    });
  });

  it('leaves out what is not filled in, and is what the server takes', () => {
    expect([...queryOf(noFields, 'UTC')]).toEqual([]);
    const all = {
      from: '2026-03-02',
      until: '',
      person: 'a0000000-0000-4000-8000-000000000002',
      action: 'session',
      outcome: 'denied',
      subject: 'x',
    } as const;
    expect(auditFilterSchema.parse(Object.fromEntries(queryOf(all, 'UTC')))).toMatchObject({
      action: 'session',
    });
  });
});
