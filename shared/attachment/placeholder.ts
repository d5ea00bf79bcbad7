/** What is drawn before a picture is here: its shape and a few coloured squares. At most 100 bytes (`attachment-added`). */
export interface Placeholder {
  /** Width divided by height. */
  readonly aspect: number;
  readonly columns: number;
  readonly rows: number;
  /** Red, green, blue of each square, row by row. */
  readonly colours: Uint8Array;
}

const version = 1;
const headBytes = 4;
const mostBytes = 100;
const aspectSteps = 1000;

/** Squares across and down for a picture of this shape, as many as fit. */
export function gridOf(aspect: number): { readonly columns: number; readonly rows: number } {
  const mostSquares = Math.floor((mostBytes - headBytes) / 3);
  const columns = Math.min(8, Math.max(2, Math.round(Math.sqrt(mostSquares * aspect))));
  return { columns, rows: Math.max(1, Math.min(8, Math.floor(mostSquares / columns))) };
}

export function placeholderBytes({ aspect, columns, rows, colours }: Placeholder): Uint8Array {
  if (colours.length !== columns * rows * 3) throw new RangeError('one colour for each square');
  const steps = Math.min(0xffff, Math.max(1, Math.round(aspect * aspectSteps)));
  return Uint8Array.from([version, columns * 16 + rows, steps >> 8, steps & 0xff, ...colours]);
}

/** null for bytes of a newer build, and for none: then an empty frame is drawn. */
export function parsePlaceholder(bytes: Uint8Array): Placeholder | null {
  const [kind, grid = 0, high = 0, low = 0, ...colours] = bytes;
  const [columns, rows, aspect] = [grid >> 4, grid & 15, (high * 256 + low) / aspectSteps];
  if (kind !== version || bytes.length > mostBytes || aspect === 0) return null;
  if (columns * rows === 0 || colours.length !== columns * rows * 3) return null;
  return { aspect, columns, rows, colours: Uint8Array.from(colours) };
}
