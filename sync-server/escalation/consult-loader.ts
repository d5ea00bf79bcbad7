import type { Database } from '#server/store/port.ts';
import { eventDocumentSchema, type HeldEvent } from '#shared/event/envelope.ts';
import type { ConsultId } from '#shared/lib/id.ts';

/** Reads consults in one round trip, in order. null: not there; an Error: what is stored is no consult's document. */
export const createConsultLoader =
  (consults: Database) =>
  async (ids: readonly ConsultId[]): Promise<(readonly HeldEvent[] | null | Error)[]> => {
    const documents = await consults.getMany(ids);
    return documents.map((document) => {
      if (document === null) return null;
      const parsed = eventDocumentSchema.safeParse(document.body);
      return parsed.success ? parsed.data.events : new Error('a consult cannot be read');
    });
  };
