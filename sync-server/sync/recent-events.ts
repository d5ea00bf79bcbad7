/** Where the last accepted events are, so that a tablet which lost an answer can ask. Bounded: what is forgotten is simply sent again. */
export class RecentEvents {
  private readonly places = new Map<string, { collection: 'consults' | 'patients'; document: string }>();
  private readonly capacity: number;

  constructor(capacity = 50_000) {
    this.capacity = capacity;
  }

  add(event: string, collection: 'consults' | 'patients', document: string): void {
    this.places.delete(event);
    this.places.set(event, { collection, document });
    if (this.places.size <= this.capacity) return;
    const [oldest] = this.places.keys();
    if (oldest !== undefined) this.places.delete(oldest);
  }

  find(event: string): { collection: 'consults' | 'patients'; document: string } | null {
    return this.places.get(event) ?? null;
  }
}
