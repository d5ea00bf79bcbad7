import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { calendarFile } from '#server/rota/calendar-feed.ts';
import { calendarLinkSchema, calendarLinkStateSchema } from '#shared/directory/rota-protocol.ts';
import { addMinutes } from '#shared/lib/instant.ts';
import { departments } from '#tests/builders.ts';
import { testOrigin } from '#tests/server.ts';
import {
  anna,
  at,
  bilal,
  now,
  rotaOf,
  startRotaHospital,
  turn,
  usual,
  type RotaHospital,
} from './hospital.ts';

/** Long lines are folded; unfolded they are what is meant. */
const linesOf = (text: string): string[] => text.replaceAll('\r\n ', '').trim().split('\r\n');
const valuesOf = (text: string, name: string): string[] =>
  linesOf(text).flatMap((line) => (line.startsWith(`${name}:`) ? [line.slice(name.length + 1)] : []));

describe('the calendar', () => {
  const lines: string[] = [];
  let hospital: RotaHospital;
  beforeEach(async () => {
    lines.length = 0;
    hospital = await startRotaHospital(undefined, {
      logger: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
    });
  });
  afterEach(() => hospital.close());

  const make = async () => {
    const session = await hospital.as(anna);
    const response = await session.post('/api/rota/calendar-link');
    return calendarLinkSchema.parse(await response.json());
  };
  const pathOf = (url: string): string => url.slice(testOrigin.length);
  const fetchIt = (url: string) => hospital.app.request(pathOf(url));

  it('DEP-5 gives a person’s own turns, and nobody else’s, to whoever has the link', async () => {
    const { url } = await make();
    expect(url).toMatch(/^https:\/\/consult\.test\/api\/rota\/calendar\/[\w-]{64}\.ics$/);
    const response = await fetchIt(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    const text = await response.text();
    expect(linesOf(text)[0]).toBe('BEGIN:VCALENDAR');
    expect(valuesOf(text, 'DTSTART')).toEqual(['20260324T070000Z', '20260325T190000Z', '20260327T070000Z']);
    expect(valuesOf(text, 'DTEND')).toEqual(['20260324T190000Z', '20260326T070000Z', '20260327T190000Z']);
    expect(new Set(valuesOf(text, 'SUMMARY'))).toEqual(
      new Set([`First on call\\, ${departments.cardiology.name}`]),
    );
    expect(text).not.toContain(bilal.name);
  });

  it('the night on which the clock goes forward has eleven hours', async () => {
    await hospital.putDirectory([rotaOf([turn(anna, at('20:00', 28), at('08:00', 29))])]);
    const text = await (await fetchIt((await make()).url)).text();
    expect(valuesOf(text, 'DTSTART')).toEqual(['20260328T190000Z']);
    expect(valuesOf(text, 'DTEND')).toEqual(['20260329T060000Z']);
  });

  it('a turn keeps its id when its end is moved, and each has its own', async () => {
    const { url } = await make();
    const before = valuesOf(await (await fetchIt(url)).text(), 'UID');
    await hospital.putDirectory([
      rotaOf(Object.values({ ...usual, friday: { ...usual.friday, endsAt: at('22:00', 27) } })),
    ]);
    expect(valuesOf(await (await fetchIt(url)).text(), 'UID')).toEqual(before);
    expect(new Set(before).size).toBe(3);
  });

  it('reaches from 30 days back to 90 ahead', () => {
    const directory = hospital.parts.directory.current();
    const days = [-31, -29, 89, 91].map((day) =>
      turn(anna, addMinutes(now, day * 1440), addMinutes(now, day * 1440 + 60)),
    );
    const text = calendarFile({ ...directory, rotaWeeks: [rotaOf(days)] }, anna.id, {
      now,
      publicOrigin: testOrigin,
    });
    expect(valuesOf(text, 'DTSTART')).toHaveLength(2);
  });

  it('a renewed link ends the one before; a revoked one is as if it had never been', async () => {
    const [first, second] = [await make(), await make()];
    expect((await fetchIt(first.url)).status).toBe(404);
    expect((await fetchIt(second.url)).status).toBe(200);
    const session = await hospital.as(anna);
    const state = async () =>
      calendarLinkStateSchema.parse(await (await session.get('/api/rota/calendar-link')).json()).madeAt;
    expect(await state()).toBe(now);
    expect((await session.delete('/api/rota/calendar-link')).status).toBe(204);
    expect((await fetchIt(second.url)).status).toBe(404);
    expect(await state()).toBeNull();
    expect((await fetchIt((await make()).url)).status).toBe(200);
  });

  it('it ends with the person’s time in the hospital', async () => {
    const { url } = await make();
    await hospital.putDirectory([{ ...anna, active: false }]);
    expect((await fetchIt(url)).status).toBe(404);
  });

  it.each(['x.ics', `${'a'.repeat(64)}.ics`, 'a'.repeat(64), '%2e%2e%2f.ics'])(
    'an address nobody gave out (%s) is not there, and leaves nothing behind',
    async (file) => {
      const before = await hospital.store.database('accounts').count();
      const response = await hospital.app.request(`/api/rota/calendar/${file}`);
      expect(response.status).toBe(404);
      expect(await hospital.store.database('accounts').count()).toBe(before);
    },
  );

  it('the secret stands in no log line and not in the store', async () => {
    const { url } = await make();
    await fetchIt(url);
    await fetchIt(url.replace('.ics', 'x.ics'));
    const token = /calendar\/([\w-]+)\.ics/.exec(url)?.[1] ?? 'none';
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('')).not.toContain(token);
    const held = await hospital.store.database('accounts').get(`calendar-link:${anna.id}`);
    expect(JSON.stringify(held)).not.toContain(token.slice(-20));
  });

  it('whoever asks too often waits', async () => {
    const { url } = await make();
    const statuses: number[] = [];
    for (let ask = 0; ask < 12; ask++) statuses.push((await fetchIt(url)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429, 429]);
  });

  it('nobody makes or revokes one without a session', async () => {
    for (const method of ['GET', 'POST', 'DELETE'])
      expect(
        (await hospital.app.request('/api/rota/calendar-link', { method, headers: { origin: testOrigin } }))
          .status,
      ).toBe(401);
  });
});
