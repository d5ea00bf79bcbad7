import type { Sealer } from '#server/keys/sealer.ts';
import { resolveConflicts } from '#server/store/merge/resolve-conflicts.ts';
import { mergeEventLeaves } from '#server/store/merge/events.ts';
import { StoreUnavailable, type Database, type StoredDocument, type Write } from '#server/store/port.ts';
import { canonicalEvent } from '#shared/event/canonical.ts';
import type { DocumentKind, HeldEvent, StampedEvent, Via } from '#shared/event/envelope.ts';
import { mergeEvents } from '#shared/event/merge.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { ClaimReferences, ReferenceRequest } from './references.ts';
import { eventsOf } from './wire-document.ts';

/** An event before the server's stamps. */
export type Unstamped = Omit<HeldEvent, 'n' | 'receivedAt' | 'via' | 'seal'>;

export interface Addition {
  readonly event: Unstamped;
  readonly via: Via;
  readonly receivedAt: Instant;
  /** Filled into the body as `reference` before the write: the claim for it takes a write of its own. */
  readonly reference?: ReferenceRequest;
}

/** One document while a batch is put together: what is stored, and what the batch adds. */
export class WorkingDocument {
  readonly id: string;
  readonly stored: StoredDocument | null;
  /** Stored and added, in the order of `n`. Added ones are not sealed yet. */
  events: HeldEvent[];
  readonly additions: { addition: Addition; event: StampedEvent }[] = [];
  /** Sealed events that had been lost and are back, with the stamps they had. */
  restored = 0;
  private highestN: number;
  private highestLamport: number;

  constructor(id: string, stored: StoredDocument | null) {
    this.id = id;
    this.stored = stored;
    this.events = stored === null ? [] : [...eventsOf(stored.body)];
    this.highestN = this.events.reduce((highest, event) => Math.max(highest, event.n ?? 0), 0);
    this.highestLamport = this.events.reduce((highest, event) => Math.max(highest, event.lamport), 0);
  }

  get nextLamport(): number {
    return this.highestLamport + 1;
  }

  get lastN(): number {
    return this.highestN;
  }

  find(id: string): HeldEvent | undefined {
    return this.events.find((event) => event.id === id);
  }

  get isChanged(): boolean {
    return this.additions.length > 0 || this.restored > 0;
  }

  /** Takes back an event whose seal was proven good; its stamps stay. False: it is here. */
  restore(event: StampedEvent): boolean {
    if (this.find(event.id) !== undefined) return false;
    this.events = mergeEvents(this.events, [event]);
    this.highestN = Math.max(this.highestN, event.n);
    this.highestLamport = Math.max(this.highestLamport, event.lamport);
    this.restored++;
    return true;
  }

  add(addition: Addition): StampedEvent {
    const event = {
      ...addition.event,
      n: ++this.highestN,
      receivedAt: addition.receivedAt,
      via: addition.via,
    } as StampedEvent;
    this.highestLamport = Math.max(this.highestLamport, event.lamport);
    this.events.push(event);
    this.additions.push({ addition, event });
    return event;
  }
}

/** What a job makes of a document. `done`: called once what it added is proven to be stored, or at once when it added nothing. */
export interface Step<R> {
  readonly done: () => R;
}

export interface Job<R> {
  readonly documentId: string;
  /** Looks, and adds events; runs again on the newer state when another gateway was quicker. Must not wait. */
  run(document: WorkingDocument): Step<R>;
  /** The store will never take the document with what was added. */
  rejected(): R;
}

interface Waiting {
  job: Job<unknown>;
  attempts: number;
  resolve: (result: unknown) => void;
  reject: (cause: unknown) => void;
}

export interface WriterDeps {
  readonly kind: DocumentKind;
  readonly database: Database;
  readonly sealer: Sealer;
  readonly claimReferences: ClaimReferences;
}

const maxJobsPerBatch = 500;
const maxAttempts = 25;

/**
 * The only writer of event documents. Whatever is asked for at one time goes to the store as one bulk read and one bulk write; events of
 * one document follow each other. A job's promise resolves only when the store has proven the write.
 */
export class DocumentWriter {
  private readonly deps: WriterDeps;
  private waiting: Waiting[] = [];
  private running: Promise<void> | null = null;

  constructor(deps: WriterDeps) {
    this.deps = deps;
  }

  submit<R>(job: Job<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.waiting.push({ job, attempts: 0, resolve: resolve as (result: unknown) => void, reject });
      // Jobs of the same turn of the event loop go together.
      this.running ??= Promise.resolve().then(() => this.drain());
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.running !== null) await this.running;
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, maxJobsPerBatch);
      this.waiting = this.waiting.slice(maxJobsPerBatch);
      try {
        await this.work(batch);
      } catch (cause) {
        for (const one of batch) one.reject(cause);
      }
    }
    this.running = null;
  }

  private async work(batch: readonly Waiting[]): Promise<void> {
    const byDocument = new Map<string, Waiting[]>();
    for (const one of batch) {
      const others = byDocument.get(one.job.documentId);
      if (others === undefined) byDocument.set(one.job.documentId, [one]);
      else others.push(one);
    }
    const ids = [...byDocument.keys()];
    const stored = await this.deps.database.getMany(ids);
    const groups = [...byDocument.values()].map((jobs, at) => {
      const document = new WorkingDocument(ids[at] ?? '', stored[at] ?? null);
      const steps: { waiting: Waiting; step: Step<unknown>; added: boolean }[] = [];
      for (const waiting of jobs) {
        const before = document.events.length;
        try {
          const step = waiting.job.run(document);
          steps.push({ waiting, step, added: document.events.length > before });
        } catch (cause) {
          // What a failing job added must not be stored; the others of the document run again without it.
          waiting.reject(cause);
          if (document.events.length > before) {
            this.again(jobs.filter((other) => other !== waiting));
            return { document: null, steps: [] };
          }
        }
      }
      return { document, steps };
    });

    for (const { document, steps } of groups) {
      if (document === null || document.isChanged) continue;
      for (const { waiting, step } of steps) waiting.resolve(step.done());
    }
    const changed = groups.flatMap(({ document, steps }) =>
      document === null || !document.isChanged ? [] : [{ document, steps }],
    );
    if (changed.length === 0) return;
    await this.seal(changed.map(({ document }) => document));
    const outcomes = await this.deps.database.write(changed.map(({ document }) => this.writeOf(document)));
    for (const [at, { document, steps }] of changed.entries()) {
      const outcome = outcomes[at];
      const isStored =
        outcome?.type === 'written' || (outcome?.type === 'unproven' && (await this.isProven(document)));
      if (isStored) for (const { waiting, step } of steps) waiting.resolve(step.done());
      else if (outcome?.type === 'rejected') {
        for (const { waiting, step, added } of steps) {
          waiting.resolve(added ? waiting.job.rejected() : step.done());
        }
      } else this.again(steps.map(({ waiting }) => waiting));
    }
  }

  private again(jobs: readonly Waiting[]): void {
    const tired = jobs.filter((one) => ++one.attempts > maxAttempts);
    for (const one of tired)
      one.reject(new StoreUnavailable('a document changes faster than it can be written'));
    this.waiting.unshift(...jobs.filter((one) => !tired.includes(one)));
  }

  private async seal(documents: readonly WorkingDocument[]): Promise<void> {
    const additions = documents.flatMap((document) => document.additions);
    const numbered = additions.filter(({ addition }) => addition.reference !== undefined);
    const references = await this.deps.claimReferences(
      numbered.flatMap(({ addition }) => addition.reference ?? []),
    );
    for (const [at, { event }] of numbered.entries())
      event.body = { ...event.body, reference: references[at] };
    for (const { addition, event } of additions) {
      const { n, receivedAt } = event;
      event.seal = this.deps.sealer.seal(canonicalEvent(event), { n, receivedAt, via: addition.via });
    }
  }

  /** Fields that this build does not know stay as they are. */
  private writeOf({ id, stored, events }: WorkingDocument): Write {
    const body = { ...(stored?.body ?? { kind: this.deps.kind, id }), events };
    return { id, rev: stored?.rev, body };
  }

  /** A cluster took the write without proof: all leaves are read back and merged, and ours must be among them. */
  private async isProven(document: WorkingDocument): Promise<boolean> {
    const leading = await resolveConflicts(this.deps.database, document.id, mergeEventLeaves);
    if (leading === null) return false;
    const held = new Map(eventsOf(leading.body).map((event) => [event.id, event]));
    return document.additions.every(({ event }) => held.get(event.id)?.seal === event.seal);
  }
}
