import { canonicalJson } from '#shared/event/canonical.ts';
import type { StoredDocument } from '../port.ts';

export type Body = Record<string, unknown>;
/** All live leaves of one document, the store's winner first; the same set in the same order on every gateway. */
export type Leaves = readonly [StoredDocument, ...StoredDocument[]];
/** What the document says when all its leaves are taken together. Pure: every gateway makes the same bytes of the same leaves. */
export type Merge = (leaves: Leaves) => Body;

/** The body with the smallest canonical bytes: arbitrary, but the same for everybody. */
export function smallestBody(leaves: Leaves): Body {
  return leaves.map((leaf) => leaf.body).reduce((a, b) => (canonicalJson(a) <= canonicalJson(b) ? a : b));
}
