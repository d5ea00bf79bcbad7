import { z } from 'zod';
import type { ConsultId } from '#shared/lib/id.ts';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';
import { createDraftSaver } from '$lib/compose/draft-saver.ts';
import type { Draft } from '$lib/tablet/tablet.ts';
import type { ActFields, FormAct } from './act-form.ts';

const storedSchema = z.object({
  eventId: z.string(),
  values: z.record(z.string(), z.string()),
  recommendations: z.array(
    z.object({
      id: z.string(),
      text: z.string(),
      dose: z.string(),
      duration: z.string(),
      stopOn: z.string(),
    }),
  ),
});

/** An act while its words are being written: kept at every keystroke, found again when the form opens again. */
export class ActDraft implements ActFields {
  readonly id: string;
  /** Made when the form opens: a second tap on "save" is the same act. */
  readonly eventId: string;
  readonly #purpose: string;
  readonly #work: Workspace;
  readonly #saver;
  values = $state<Record<string, string>>({});
  recommendations = $state<ActFields['recommendations']>([]);

  constructor(
    work: Workspace,
    consult: ConsultId,
    act: FormAct,
    about: string | null,
    held: readonly Draft[],
    initial: Readonly<Record<string, string>>,
  ) {
    this.#work = work;
    this.#purpose = `act:${consult}:${act}${about === null ? '' : `:${about}`}`;
    const draft = held.find(({ purpose }) => purpose === this.#purpose);
    const stored = draft === undefined ? null : storedSchema.safeParse(draft.fields);
    this.id = draft?.id ?? work.tablet.newId();
    if (stored?.success === true) {
      this.eventId = stored.data.eventId;
      this.values = { ...initial, ...stored.data.values };
      this.recommendations = stored.data.recommendations;
    } else {
      this.eventId = work.tablet.newId();
      this.values = { ...initial };
    }
    this.#saver = createDraftSaver(work.tablet, (outcome) => {
      if (outcome !== 'saved') work.sayIfNotSaved({ ok: false, error: outcome });
    });
  }

  changed(): void {
    this.#saver.changed({
      id: this.id,
      purpose: this.#purpose,
      fields: {
        eventId: this.eventId,
        values: $state.snapshot(this.values),
        recommendations: $state.snapshot(this.recommendations),
      },
      changedAt: this.#work.tablet.now(),
    });
  }

  async remove(): Promise<void> {
    await this.#saver.settled();
    await this.#work.tablet.removeDraft(this.id);
  }
}
