import { canonicalJson } from '#shared/event/canonical.ts';
import { pendingAuditKey } from '#server/audit/pending.ts';
import type { Body, Leaves, Merge } from './merge.ts';

const pendingIn = (body: Body): unknown[] => {
  const held = body[pendingAuditKey];
  return Array.isArray(held) ? (held as unknown[]) : [];
};

const without = (leaf: Leaves[0]): Leaves[0] => {
  const { [pendingAuditKey]: _pending, ...body } = leaf.body;
  return { ...leaf, body };
};

/** What the audit has not taken over yet stands in any leaf: none of it may go with a loser, nor stay behind inside a lost edit. */
export const keepingPendingAudit =
  (merge: Merge): Merge =>
  (leaves) => {
    const all = new Map<string, unknown>();
    for (const { body } of leaves) for (const entry of pendingIn(body)) all.set(canonicalJson(entry), entry);
    if (all.size === 0) return merge(leaves);
    const bare = ([first, ...rest]: Leaves): Leaves => [without(first), ...rest.map(without)];
    const pending = [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
    return { ...merge(bare(leaves)), [pendingAuditKey]: pending };
  };
