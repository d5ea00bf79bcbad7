import { z } from 'zod';
import { authoredConsultBodies } from '#shared/consult/events.ts';
import type { ConsultId, EventId } from '#shared/lib/id.ts';
import { eventIdSchema } from '#shared/lib/id.ts';
import type { Result } from '#shared/lib/result.ts';
import { createDraftSaver, type DraftSaver } from '$lib/compose/draft-saver.ts';
import type { Draft, SaveFailure, Tablet } from '$lib/tablet/tablet.ts';
import type { Files } from './files.ts';
import { prepareFile, type PrepareFault, type PrepareParts } from './prepare-file.ts';

export type AddFault = PrepareFault | Exclude<SaveFailure, { readonly type: 'too-large' }>;

const itemSchema = z.object({ eventId: eventIdSchema, body: authoredConsultBodies['attachment-added'] });
const storedSchema = z.object({ caption: z.string(), items: z.array(itemSchema) });
export type AddItem = z.infer<typeof itemSchema>;

export interface AddFilesParts extends PrepareParts {
  readonly tablet: Pick<Tablet, 'actOnConsult' | 'jotDraft' | 'saveDraft' | 'removeDraft' | 'now' | 'newId'>;
  readonly files: () => Promise<Files>;
}

export const addPurpose = (consult: ConsultId): string => `act:${consult}:attachment-added`;

/** What was typed or chosen before in this consult's form; null: nothing, or of a build this one cannot read. */
export function draftOf(drafts: readonly Draft[], consult: ConsultId): Draft | null {
  const draft = drafts.find(({ purpose }) => purpose === addPurpose(consult));
  return draft !== undefined && storedSchema.safeParse(draft.fields).success ? draft : null;
}

/** Something was chosen and not added. */
export function isBegunIn(drafts: readonly Draft[], consult: ConsultId): boolean {
  const stored = storedSchema.safeParse(draftOf(drafts, consult)?.fields);
  return stored.success && stored.data.items.length > 0;
}

/**
 * Photos and documents on their way into a consult. Each is sealed and kept on the tablet as soon as it is chosen, and a draft remembers it:
 * an app that dies loses none. Adding them writes one entry each.
 */
export class AddFiles {
  readonly #parts: AddFilesParts;
  readonly #consult: ConsultId;
  readonly #draftId: string;
  items = $state.raw<readonly AddItem[]>([]);
  caption = $state('');
  /** The number of files being made ready, still to come included. */
  working = $state(0);
  busy = $state(false);
  /** What is wrong with the file chosen last; the others stay. */
  fault = $state.raw<AddFault | null>(null);
  readonly #saver: DraftSaver;

  constructor(parts: AddFilesParts, consult: ConsultId, draft: Draft | null) {
    this.#parts = parts;
    this.#consult = consult;
    this.#draftId = draft?.id ?? parts.tablet.newId();
    this.#saver = createDraftSaver(parts.tablet, (outcome) => {
      if (outcome !== 'saved' && outcome.type !== 'too-large') this.fault = outcome;
    });
    const stored = storedSchema.safeParse(draft?.fields);
    if (stored.success) {
      this.items = stored.data.items;
      this.caption = stored.data.caption;
    }
  }

  /** One after the other, so that the tablet's memory holds one decoded picture at a time. */
  async take(chosen: readonly Blob[]): Promise<void> {
    this.fault = null;
    this.working += chosen.length;
    for (const file of chosen) {
      const fault = await this.#takeOne(file);
      if (fault !== null) this.fault = fault;
      this.working -= 1;
    }
  }

  async #takeOne(file: Blob): Promise<AddFault | null> {
    const prepared = await prepareFile(file, this.#parts);
    if (!prepared.ok) return prepared.error;
    const { body, sealed } = prepared.value;
    let kept: Result<void, SaveFailure>;
    try {
      kept = await (await this.#parts.files()).keep(this.#consult, sealed);
    } catch (error) {
      kept = {
        ok: false,
        error: { type: 'storage-failed', detail: error instanceof Error ? error.name : 'Error' },
      };
    }
    if (!kept.ok) return kept.error.type === 'too-large' ? { type: 'storage-full' } : kept.error;
    const eventId = eventIdSchema.parse(this.#parts.tablet.newId());
    this.items = [...this.items, { eventId, body: { ...body, caption: '' } }];
    await this.#remember();
    return null;
  }

  describe(caption: string): void {
    this.caption = caption;
    void this.#remember();
  }

  /** Jotted down before it returns; resolves when it is saved. */
  #remember(): Promise<void> {
    this.#saver.changed({
      id: this.#draftId,
      purpose: addPurpose(this.#consult),
      fields: { caption: this.caption, items: this.items.map((item) => ({ ...item })) },
      changedAt: this.#parts.tablet.now(),
    });
    return this.#saver.settled();
  }

  async leaveOut(eventId: EventId): Promise<void> {
    const item = this.items.find((each) => each.eventId === eventId);
    this.items = this.items.filter((each) => each.eventId !== eventId);
    await this.#remember();
    if (item === undefined) return;
    const { file, thumbnail } = item.body;
    const files = await this.#parts.files();
    await files.discard(this.#consult, thumbnail === undefined ? [file] : [file, thumbnail.file]);
    if (this.items.length === 0) await this.#forget();
  }

  async leaveAll(): Promise<void> {
    for (const { eventId } of this.items) await this.leaveOut(eventId);
    this.caption = '';
    await this.#forget();
  }

  async #forget(): Promise<void> {
    await this.#saver.settled();
    await this.#parts.tablet.removeDraft(this.#draftId);
  }

  /** Writes an entry for each. The first that cannot be saved ends it: it and those behind it stay in the form. */
  async add(): Promise<Result<void, SaveFailure>> {
    this.busy = true;
    try {
      for (const { eventId, body } of this.items) {
        const named = { ...body, caption: this.caption.trim() };
        const written = await this.#parts.tablet.actOnConsult(
          this.#consult,
          'attachment-added',
          named,
          eventId,
        );
        if (!written.ok) return written;
        this.items = this.items.filter((each) => each.eventId !== eventId);
        await this.#remember();
      }
      this.caption = '';
      await this.#forget();
      return { ok: true, value: undefined };
    } finally {
      this.busy = false;
    }
  }
}
