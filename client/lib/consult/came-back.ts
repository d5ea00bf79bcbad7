import type { Consult } from '#shared/consult/consult.ts';
import type { ConsultBody } from '#shared/consult/events.ts';
import { bodyOf } from './story/event-body.ts';

/** What the receiving side sent a request back with, and waits on the asking side for. */
export type CameBackWith =
  | { readonly kind: 'asked'; readonly by: string; readonly text: string }
  | {
      readonly kind: 'declined';
      readonly by: string;
      readonly reason: string;
      readonly way: ConsultBody<'declined'>['wayForward'];
    };

/** null: it did not come back, or in words that this build cannot read (the story says so). */
export function cameBackWith(consult: Consult): CameBackWith | null {
  if (consult.status === 'info-requested') {
    const asked = consult.timeline.find(({ event }) => event.id === consult.infoWait?.event)?.event;
    const body = asked === undefined ? null : bodyOf(asked, 'info-requested');
    return asked === undefined || body === null ? null : { kind: 'asked', by: asked.author, text: body.text };
  }
  if (consult.status !== 'declined') return null;
  const declined = consult.timeline.findLast(
    ({ event, withoutEffect }) => event.type === 'declined' && withoutEffect === null,
  )?.event;
  const body = declined === undefined ? null : bodyOf(declined, 'declined');
  return declined === undefined || body === null
    ? null
    : { kind: 'declined', by: declined.author, reason: body.reason, way: body.wayForward };
}
