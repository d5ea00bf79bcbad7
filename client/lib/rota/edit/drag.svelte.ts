/* eslint-disable svelte/prefer-svelte-reactivity -- made anew each time or read by no template */
import type { Attachment } from 'svelte/attachments';
import type { Tier } from '#shared/directory/escalation-policy.ts';
import type { Shift } from '#shared/directory/rota.ts';
import { minutesBetween } from '#shared/lib/instant.ts';
import type { WeekLine } from './grid.ts';
import { moved, resized } from './shift-times.ts';

/** A finger that rests so long means the turn and not the page. */
const longPressMs = 350;
/** A finger trembles; a mouse less. */
const fingerSlackPx = 10;
const mouseSlackPx = 4;
/** So near to an end it is the end that is taken, where the bar is long enough to be taken in the middle too. */
const endPx = 18;
const leastForEndsPx = 56;

type Part = 'whole' | 'startsAt' | 'endsAt';

interface Press {
  readonly shift: Shift;
  readonly part: Part;
  readonly pointer: number;
  readonly x: number;
  readonly y: number;
  readonly isFinger: boolean;
  readonly bar: HTMLElement;
  timer: ReturnType<typeof setTimeout> | null;
}

export interface DragDeps {
  readonly line: () => WeekLine;
  readonly timeZone: () => string;
  readonly isPossible: (shift: Shift) => boolean;
  readonly drop: (shift: Shift) => void;
}

/**
 * Moving a turn along the week and between tiers, or one of its ends, with a mouse, a pen or a finger. A finger lifts it by resting on it, so that
 * a swipe still scrolls. Everything it does can be done in the form as well.
 */
export function createDrag(deps: DragDeps) {
  let press: Press | null = null;
  let preview = $state.raw<Shift | null>(null);
  let lifted = $state<string | null>(null);
  let canDrop = $state(false);
  let justDragged = false;
  const rows = new Map<Tier, HTMLElement>();

  function widthOf(): number {
    for (const row of rows.values()) return row.getBoundingClientRect().width;
    return 1;
  }

  function lift(): void {
    if (press === null) return;
    press.timer = null;
    lifted = press.shift.id;
    preview = press.shift;
    canDrop = true;
    press.bar.setPointerCapture(press.pointer);
  }

  function tierAt(y: number, fallback: Tier): Tier {
    for (const [tier, row] of rows) {
      const { top, bottom } = row.getBoundingClientRect();
      if (y >= top && y <= bottom) return tier;
    }
    return fallback;
  }

  function end(): void {
    if (press !== null && press.timer !== null) clearTimeout(press.timer);
    press = null;
    preview = null;
    lifted = null;
  }

  return {
    /** The turn as it would be; null while none is lifted. */
    get preview() {
      return preview;
    },
    get lifted() {
      return lifted;
    },
    get canDrop() {
      return canDrop;
    },
    get isPressed() {
      return press !== null;
    },

    down(event: PointerEvent, shift: Shift): void {
      justDragged = false;
      if (event.button !== 0 || press !== null) return;
      const bar = event.currentTarget as HTMLElement;
      const { left, right, width } = bar.getBoundingClientRect();
      const isRtl = getComputedStyle(bar).direction === 'rtl';
      const nearLeft = width >= leastForEndsPx && event.clientX - left < endPx;
      const nearRight = width >= leastForEndsPx && right - event.clientX < endPx;
      const part: Part = nearLeft === nearRight ? 'whole' : nearLeft !== isRtl ? 'startsAt' : 'endsAt';
      const isFinger = event.pointerType !== 'mouse';
      press = {
        shift,
        part,
        pointer: event.pointerId,
        x: event.clientX,
        y: event.clientY,
        isFinger,
        bar,
        timer: isFinger ? setTimeout(lift, longPressMs) : null,
      };
    },

    move(event: PointerEvent): void {
      if (press === null || event.pointerId !== press.pointer) return;
      const [dx, dy] = [event.clientX - press.x, event.clientY - press.y];
      if (lifted === null) {
        const isFar = Math.hypot(dx, dy) > (press.isFinger ? fingerSlackPx : mouseSlackPx);
        if (!isFar) return;
        if (press.isFinger) {
          end();
          return;
        }
        lift();
      }
      const { from, until } = deps.line();
      const along = getComputedStyle(press.bar).direction === 'rtl' ? -1 : 1;
      const minutes = Math.round(((dx * along) / widthOf()) * minutesBetween(from, until));
      const zone = deps.timeZone();
      const { part, shift } = press;
      const next =
        part === 'whole'
          ? { ...moved(shift, minutes, zone), tier: tierAt(event.clientY, shift.tier) }
          : resized(shift, part, minutes, zone);
      if (next === null) return;
      preview = next;
      canDrop = deps.isPossible(next);
    },

    up(event: PointerEvent): void {
      if (press === null || event.pointerId !== press.pointer) return;
      const [was, wanted] = [press.shift, preview];
      if (wanted !== null) justDragged = true;
      end();
      if (wanted === null) return;
      const isSame =
        was.startsAt === wanted.startsAt && was.endsAt === wanted.endsAt && was.tier === wanted.tier;
      if (!isSame) deps.drop(wanted);
    },

    cancel: end,

    /** Whether the click that follows belongs to a drag; asked once. */
    hasJustDragged(): boolean {
      const was = justDragged;
      justDragged = false;
      return was;
    },

    /** While a turn is lifted a finger moves it and not the page. */
    steady: ((element: HTMLElement) => {
      const hold = (event: TouchEvent): void => {
        if (lifted !== null && event.cancelable) event.preventDefault();
      };
      element.addEventListener('touchmove', hold, { passive: false });
      return () => element.removeEventListener('touchmove', hold);
    }) satisfies Attachment<HTMLElement>,

    row:
      (tier: Tier): Attachment<HTMLElement> =>
      (element) => {
        rows.set(tier, element);
        return () => void rows.delete(tier);
      },
  };
}
