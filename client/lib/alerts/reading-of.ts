import type { ConsultId } from '#shared/lib/id.ts';
import type { Reading } from '$lib/alarm/my-alerts.ts';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';
import { receiptsOf } from './receipt-queue.ts';
import { signedInAt } from './signed-in-at.ts';

/** What decides, on this tablet and for whoever is at it, which alerts are unread. `looked`: the setting of receipts as it is held. */
export const readingOf = (work: Pick<Workspace, 'tablet' | 'openConsult'>, looked: unknown): Reading => ({
  person: work.tablet.person,
  signedInAt: signedInAt(work.tablet.person),
  looked: receiptsOf(looked),
  isOpenConsult: (id: ConsultId) => work.openConsult(id) !== null,
});
