import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { authoredConsultTypes } from '#shared/consult/events.ts';
import { canonicalEvent } from '#shared/event/canonical.ts';
import { authoredEnvelopeSchema } from '#shared/event/envelope.ts';
import { parseAuthoredEventOfAnyKind } from '#shared/event/parse.ts';
import { authoredPatientBodies } from '#shared/patient/events.ts';
import { minimumProtocolVersion } from '#shared/sync/protocol.ts';

/*
 * Acts as the apps of each release write them, kept as they were. A release adds a file and changes none: a tablet that was in a drawer for a year
 * still hands in what was written on it.
 */
const folder = new URL('./', import.meta.url);
const releases = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map(
    (name) =>
      [
        name,
        z
          .array(z.looseObject({ type: z.string() }))
          .parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8'))),
      ] as const,
  );

describe.each(releases)('FM-15 acts written by the app %s', (_name, acts) => {
  it.each(acts.map((act) => [act.type, act] as const))('%s is taken as it is', (_type, act) => {
    const parsed = parseAuthoredEventOfAnyKind(act);
    if (!parsed.ok) throw new Error(`${parsed.error.code} at ${parsed.error.path}`);
    // Nothing is put in or left out: its signature and its digest are of these very bytes.
    expect(canonicalEvent(parsed.value.event)).toBe(canonicalEvent(authoredEnvelopeSchema.parse(act)));
  });
});

describe('FM-15 releases', () => {
  it('have every kind of act between them', () => {
    const kept = new Set(releases.flatMap(([, acts]) => acts.map(({ type }) => type)));
    const types = [...authoredConsultTypes, ...Object.keys(authoredPatientBodies)];
    expect(types.filter((type) => !kept.has(type))).toEqual([]);
  });

  it('no app is too old to push: the protocol still takes its first version', () => {
    expect(minimumProtocolVersion).toBe(1);
  });
});
