import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventId } from '#shared/lib/id.ts';
import { uuidOf } from '#tests/builders.ts';
import { twinPlace } from '#tests/contract/tablet-store/rxdb-places.ts';
import { consultName, current, fill, openWard, type Ward } from '#tests/e-rows/tablet-fixture.ts';

describe('promise 1: a form that outlived the app', () => {
  let ward: Ward;
  beforeEach(async () => {
    ward = await openWard(twinPlace());
    fill(ward.server, 1);
    await ward.tablet.syncNow();
  });
  afterEach(() => ward.close());

  const asked = consultName(0);
  const sameForm = uuidOf('made when the form opened') as EventId;
  const write = (text: string) => ward.tablet.actOnConsult(asked, 'message-posted', { text }, sameForm);
  const texts = (): string[] =>
    (current(ward.tablet.consult(asked))?.timeline ?? []).flatMap(({ event }) =>
      typeof event.body['text'] === 'string' ? [event.body['text']] : [],
    );

  it('FM-25 saved again as it was is one act', async () => {
    expect(await write('The troponin is back.')).toEqual({ ok: true, value: sameForm });
    expect(await write('The troponin is back.')).toEqual({ ok: true, value: sameForm });
    expect(texts()).toEqual(['The troponin is back.']);
    await ward.until(() => expect(current(ward.tablet.outbox)).toEqual([]));
    await write('The troponin is back.');
    expect(texts()).toEqual(['The troponin is back.']);
  });

  it('FM-25 filled with other words is another act, before and after the first one was sent: none is dropped as a double tap', async () => {
    await write('first');
    const second = await write('second');
    expect(second).not.toEqual({ ok: true, value: sameForm });
    expect(await write('second')).toEqual(second);
    await ward.until(() => expect(current(ward.tablet.outbox)).toEqual([]));
    await write('third');
    await ward.until(() => expect(current(ward.tablet.outbox)).toEqual([]));
    expect(texts().sort()).toEqual(['first', 'second', 'third']);
    expect(ward.server.events(asked)).toHaveLength(4);
  });
});
