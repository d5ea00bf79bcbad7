import type { Seq } from '#server/store/port.ts';

/**
 * The recent past of one database as this gateway applied it: which documents changed after a given place of the store's feed.
 * The store's sequences are only looked up, never compared. Bounded; what it no longer knows is asked of the store.
 */
export class FeedLog {
  private readonly places = new Map<string, number>();
  private rows: { seq: Seq; ids: readonly string[] }[] = [];
  /** Sequence and id of every row that names a document. */
  private readonly named = new Set<string>();
  /** Number of the row at index 0; numbers never repeat. */
  private first = 0;
  private readonly capacity: number;

  constructor(capacity: number, start: Seq) {
    this.capacity = capacity;
    this.append(start, []);
  }

  /** The place up to which the index has applied the feed. */
  get current(): Seq {
    const last = this.rows.at(-1);
    if (last === undefined) throw new Error('a feed log is never empty');
    return last.seq;
  }

  knows(seq: string): boolean {
    return this.places.has(seq);
  }

  /** True when a row of that very change is here: a place where the log began, or where a page ended, is none. */
  names(seq: string, id: string): boolean {
    return this.named.has(`${seq} ${id}`);
  }

  append(seq: Seq, ids: readonly string[]): void {
    // A sequence that comes again keeps its first place: then more is told again, never less.
    if (!this.places.has(seq)) this.places.set(seq, this.first + this.rows.length);
    this.rows.push({ seq, ids });
    for (const id of ids) this.named.add(`${seq} ${id}`);
    if (this.rows.length < this.capacity * 2) return;
    const forgotten = this.rows.slice(0, this.capacity);
    this.rows = this.rows.slice(this.capacity);
    this.first += forgotten.length;
    for (const { seq: old, ids: told } of forgotten) {
      for (const id of told) this.named.delete(`${old} ${id}`);
      if ((this.places.get(old) ?? this.first) < this.first) this.places.delete(old);
    }
  }

  /** Rows applied after `seq`, oldest first; null when this log does not know it. */
  after(seq: string): readonly { seq: Seq; ids: readonly string[] }[] | null {
    const place = this.places.get(seq);
    if (place === undefined || place < this.first) return null;
    return this.rows.slice(place - this.first + 1);
  }
}
