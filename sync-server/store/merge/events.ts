import { eventDocumentSchema } from '#shared/event/envelope.ts';
import { mergeEventDocuments } from '#shared/event/merge.ts';
import type { Merge } from './merge.ts';

/** Consults and patients: the union of their events. */
export const mergeEventLeaves: Merge = (leaves) =>
  leaves.map((leaf) => eventDocumentSchema.parse(leaf.body)).reduce((a, b) => mergeEventDocuments(a, b));
