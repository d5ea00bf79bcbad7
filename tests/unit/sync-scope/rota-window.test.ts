import { describe, expect, it } from 'vitest';
import { weekOf } from '#shared/directory/local-time.ts';
import { rotaWeekId } from '#shared/directory/rota.ts';
import { addMinutes, instant } from '#shared/lib/instant.ts';
import { inRotaWindow, rotaWindow } from '#shared/sync/rota-window.ts';
import { departmentId, personId } from '#tests/builders.ts';

const zone = 'Asia/Karachi';
const days = (count: number): number => count * 24 * 60;

describe('the weeks of the rota that tablets hold', () => {
  it('DEP-5 hold yesterday and fourteen days from today on, in three weeks, whatever day it is', () => {
    for (let day = 0; day < 400; day++) {
      const asOf = addMinutes(instant('2026-01-01T19:30:00.000Z'), days(day));
      const window = rotaWindow(asOf, zone);
      const holds = (week: string) => inRotaWindow(rotaWeekId(departmentId('one'), week), window);
      for (let ahead = -1; ahead <= 13; ahead++)
        expect([day, ahead, holds(weekOf(addMinutes(asOf, days(ahead)), zone))]).toEqual([day, ahead, true]);
      const held = new Set<string>();
      for (let ahead = -30; ahead <= 40; ahead++) {
        const week = weekOf(addMinutes(asOf, days(ahead)), zone);
        if (holds(week)) held.add(week);
      }
      expect([day, held.size]).toEqual([day, 3]);
    }
  });

  it('is a matter of weeks alone: people, departments and the organisation are always held', () => {
    const window = rotaWindow(instant('2026-03-02T08:00:00.000Z'), zone);
    for (const id of [personId('one'), departmentId('one'), 'organisation'])
      expect(inRotaWindow(id, window)).toBe(true);
  });
});
