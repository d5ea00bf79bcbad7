import { describe, expect, it } from 'vitest';
import { outboxEntries } from '$lib/db/outbox-entry.ts';
import { outboxSchema, workspaceSchema } from '$lib/db/schemas.ts';
import { authored, consultId, eventId, sampleBodies } from '#tests/builders.ts';

describe('FM-14 the queue of what is unsent lies in an envelope no migration touches', () => {
  it('whose schema is the one of the first release, for ever: another would be migrated with words in it', () => {
    expect(outboxSchema).toEqual({
      version: 0,
      primaryKey: 'id',
      type: 'object',
      properties: {
        id: { type: 'string', maxLength: 400 },
        order: { type: 'integer', minimum: 0 },
        record: { type: 'object', additionalProperties: true },
      },
      required: ['id', 'order', 'record'],
    });
    expect(workspaceSchema).toEqual({
      version: 0,
      primaryKey: 'id',
      type: 'object',
      properties: {
        id: { type: 'string', maxLength: 400 },
        record: { type: 'object', additionalProperties: true },
      },
      required: ['id', 'record'],
    });
  });

  it('so that what an older or a newer build wrote into it is read by this one, its own fields kept', () => {
    const event = authored('note-added', sampleBodies['note-added'], {
      id: eventId('one'),
      document: consultId('one'),
    });
    const record = {
      kind: 'consult',
      document: event.document,
      event,
      accepted: null,
      offsetAtWritingMs: null,
    };
    const stored = [
      { id: event.id, order: 1, record },
      {
        id: eventId('two'),
        order: 2,
        record: { ...record, event: { ...event, id: eventId('two'), newer: 1 }, newer: 2 },
      },
    ];
    const read = outboxEntries(stored);
    expect(read.map(({ id }) => id)).toEqual([event.id, eventId('two')]);
    expect(read[1]?.event).toMatchObject({ newer: 1 });
  });
});
