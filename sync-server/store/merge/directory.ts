import { canonicalJson } from '#shared/event/canonical.ts';
import { z } from 'zod';
import type { Body, Merge } from './merge.ts';

/** Where the edits that lost are kept until an administrator has looked at them. */
export const lostEditsField = 'lostEdits';
const lostEditsSchema = z.array(z.record(z.string(), z.unknown())).catch([]);

export const lostEditsOf = (body: Body): Body[] => lostEditsSchema.parse(body[lostEditsField]);

const withoutLostEdits = ({ [lostEditsField]: _lost, ...edit }: Body): Body => edit;

/** The directory, settings, accounts: the store's winner stays; what lost is kept beside it, to be shown and never applied. */
export const mergeKeepingLosers: Merge = ([winner, ...losers]) => {
  const staying = withoutLostEdits(winner.body);
  const lostByBytes = new Map<string, Body>();
  for (const edit of [
    ...lostEditsOf(winner.body),
    ...losers.flatMap(({ body }) => [withoutLostEdits(body), ...lostEditsOf(body)]),
  ]) {
    lostByBytes.set(canonicalJson(edit), edit);
  }
  lostByBytes.delete(canonicalJson(staying));
  const lost = [...lostByBytes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, edit]) => edit);
  return lost.length === 0 ? staying : { ...staying, [lostEditsField]: lost };
};
