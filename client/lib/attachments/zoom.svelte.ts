interface Point {
  readonly x: number;
  readonly y: number;
}

const largest = 8;
const stepFactor = 1.5;

/** How a picture lies under two fingers: larger, moved, turned. Distances in CSS pixels from the middle of the stage. */
export class Zoom {
  scale = $state(1);
  x = $state(0);
  y = $state(0);
  /** 0, 90, 180 or 270 degrees. */
  turned = $state(0);
  // Nothing is drawn from it.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- see above
  readonly #fingers = new Map<number, Point>();

  get transform(): string {
    return `translate(${this.x}px, ${this.y}px) scale(${this.scale}) rotate(${this.turned}deg)`;
  }

  reset(): void {
    this.scale = 1;
    this.x = 0;
    this.y = 0;
  }

  turn(): void {
    this.turned = (this.turned + 90) % 360;
    this.reset();
  }

  /** Larger or smaller around a point that stays where it is. */
  by(factor: number, around: Point = { x: 0, y: 0 }): void {
    const next = Math.min(largest, Math.max(1, this.scale * factor));
    const change = next / this.scale;
    this.x = around.x - (around.x - this.x) * change;
    this.y = around.y - (around.y - this.y) * change;
    this.scale = next;
    // Whole again: back in the middle.
    if (next === 1) this.reset();
  }
  larger(): void {
    this.by(stepFactor);
  }
  smaller(): void {
    this.by(1 / stepFactor);
  }

  down(finger: number, at: Point): void {
    this.#fingers.set(finger, at);
  }

  up(finger: number): void {
    this.#fingers.delete(finger);
  }

  move(finger: number, at: Point): void {
    const before = this.#fingers.get(finger);
    if (before === undefined) return;
    const other = [...this.#fingers].find(([id]) => id !== finger)?.[1];
    this.#fingers.set(finger, at);
    if (other === undefined) {
      if (this.scale === 1) return;
      this.x += at.x - before.x;
      this.y += at.y - before.y;
      return;
    }
    const apart = (a: Point): number => Math.hypot(a.x - other.x, a.y - other.y);
    const middle = (a: Point): Point => ({ x: (a.x + other.x) / 2, y: (a.y + other.y) / 2 });
    const [from, to] = [middle(before), middle(at)];
    this.by(apart(at) / Math.max(1, apart(before)), to);
    if (this.scale > 1) {
      this.x += to.x - from.x;
      this.y += to.y - from.y;
    }
  }
}
