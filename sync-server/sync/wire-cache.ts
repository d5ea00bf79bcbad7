import type { CollectionName } from '#shared/sync/protocol.ts';

/**
 * Documents as text, ready to be sent, by the version the index knows: many tablets ask for the same few thousand. Bounded in
 * characters; what was used longest ago goes first.
 */
export class WireCache {
  private readonly texts = new Map<string, { version: string; text: string }>();
  private readonly maxCharacters: number;
  private characters = 0;

  constructor(maxCharacters = 16 * 1024 * 1024) {
    this.maxCharacters = maxCharacters;
  }

  /** False when what is put in now would soon push out what was put in before. */
  get hasRoom(): boolean {
    return this.characters < this.maxCharacters * 0.95;
  }

  /** null: not here, or of another version. */
  get(collection: CollectionName, id: string, version: string | null): string | null {
    const key = `${collection} ${id}`;
    const held = this.texts.get(key);
    if (held === undefined || held.version !== version) return null;
    this.texts.delete(key);
    this.texts.set(key, held);
    return held.text;
  }

  put(collection: CollectionName, id: string, version: string, text: string): void {
    const key = `${collection} ${id}`;
    this.characters += text.length - (this.texts.get(key)?.text.length ?? 0);
    this.texts.delete(key);
    this.texts.set(key, { version, text });
    for (const [oldest, held] of this.texts) {
      if (this.characters <= this.maxCharacters) return;
      this.texts.delete(oldest);
      this.characters -= held.text.length;
    }
  }
}
