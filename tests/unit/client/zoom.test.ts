import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Zoom } from '$lib/attachments/zoom.svelte.ts';

/** Where a point of the picture (unturned, from its middle) lies on the stage. */
const shownAt = (zoom: Zoom, at: { x: number; y: number }) => ({
  x: zoom.x + at.x * zoom.scale,
  y: zoom.y + at.y * zoom.scale,
});

describe('CON-10 a picture under two fingers', () => {
  it('grows around what lies between them', () => {
    const zoom = new Zoom();
    zoom.down(1, { x: 90, y: 50 });
    zoom.down(2, { x: 110, y: 50 });
    zoom.move(1, { x: 80, y: 50 });
    zoom.move(2, { x: 120, y: 50 });
    expect(zoom.scale).toBeCloseTo(2);
    expect(shownAt(zoom, { x: 100, y: 50 }).y).toBeCloseTo(50);
  });

  it('is moved by one finger only when it is larger than the stage', () => {
    const zoom = new Zoom();
    zoom.down(1, { x: 0, y: 0 });
    zoom.move(1, { x: 30, y: 10 });
    expect([zoom.x, zoom.y]).toEqual([0, 0]);
    zoom.by(2);
    zoom.move(1, { x: 60, y: 30 });
    expect([zoom.x, zoom.y]).toEqual([30, 20]);
    zoom.up(1);
    zoom.move(1, { x: 90, y: 90 });
    expect([zoom.x, zoom.y]).toEqual([30, 20]);
  });

  it('turned four times it lies as before, and each turn shows all of it', () => {
    const zoom = new Zoom();
    zoom.by(3, { x: 10, y: 10 });
    for (const degrees of [90, 180, 270, 0]) {
      zoom.turn();
      expect([zoom.turned, zoom.scale, zoom.x, zoom.y]).toEqual([degrees, 1, 0, 0]);
    }
  });

  test('whatever the fingers do it is never smaller than the stage nor larger than eight times, and a point zoomed around stays', () => {
    const point = fc.record({
      x: fc.integer({ min: -400, max: 400 }),
      y: fc.integer({ min: -400, max: 400 }),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double({ min: 0.1, max: 10, noNaN: true }), point)), (steps) => {
        const zoom = new Zoom();
        for (const [factor, around] of steps) {
          const at = { x: (around.x - zoom.x) / zoom.scale, y: (around.y - zoom.y) / zoom.scale };
          zoom.by(factor, around);
          expect(zoom.scale).toBeGreaterThanOrEqual(1);
          expect(zoom.scale).toBeLessThanOrEqual(8);
          if (zoom.scale === 1) expect([zoom.x, zoom.y]).toEqual([0, 0]);
          else expect(shownAt(zoom, at).x).toBeCloseTo(around.x, 3);
        }
      }),
    );
  });
});
