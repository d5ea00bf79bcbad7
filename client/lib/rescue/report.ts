import { z } from 'zod';
import { instantSchema } from '#shared/lib/instant.ts';

/** What became of a damaged database, kept in the new one's settings. */
export const rescueReportSchema = z.object({
  at: instantSchema,
  /** The whole database was set aside; false: single records in it could not be read. */
  setAside: z.boolean(),
  /** Acts that had not reached the server; they are in the new outbox. */
  unsent: z.number(),
  drafts: z.number(),
  /** Records that could not be read; `damaged` has those of which something is left. */
  unreadable: z.number(),
  /** false: part of the old database could not be opened, and nobody knows what it held. */
  whole: z.boolean(),
  /** What was left of unreadable records, as text for a person to read. */
  damaged: z.array(z.string()),
  /** Ids and keys already brought over: they are not brought a second time. */
  moved: z.array(z.string()),
  seen: z.boolean(),
});
export type RescueReport = z.infer<typeof rescueReportSchema>;

export function readReport(value: unknown): RescueReport | null {
  const parsed = rescueReportSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
