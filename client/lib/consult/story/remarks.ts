import type { TimelineEntry } from '#shared/consult/consult.ts';
import type { Status } from '#shared/consult/vocabulary.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import { msBetween } from '#shared/lib/instant.ts';
import { m } from '$lib/paraglide/messages.js';
import { minutesWords } from '$lib/time/words.ts';
import { sentenceOf } from './sentences.ts';
import { atOf, type StorySources } from './story-line.ts';

/** "it was cancelled": what had happened by then. */
function pastWords(status: Status): string {
  switch (status) {
    case 'cancelled':
      return m.consult_past_cancelled();
    case 'closed':
      return m.consult_past_closed();
    case 'completed':
      return m.consult_past_completed();
    case 'declined':
      return m.consult_past_declined();
    case 'in-progress':
      return m.consult_past_seen();
    case 'acknowledged':
      return m.consult_past_taken();
    case 'info-requested':
      return m.consult_past_info();
    case 'submitted':
    case 'draft':
      return m.consult_past_asked();
  }
}

/** "Dr Siddiq took this 4 min after it was cancelled. Please tell them it is no longer needed." */
function withoutEffectWords(entry: TimelineEntry, { consult, nameOf }: StorySources): string | null {
  const { withoutEffect, event } = entry;
  if (withoutEffect === null) return null;
  const name = nameOf(event.author);
  const cause =
    'by' in withoutEffect && withoutEffect.by !== null
      ? consult.timeline.find((each) => each.event.id === withoutEffect.by)?.event
      : undefined;
  const after =
    cause === undefined ? null : Math.max(0, Math.round(msBetween(atOf(cause), atOf(event)) / 60_000));
  switch (withoutEffect.why) {
    case 'needs-newer-app':
      return m.consult_no_effect_newer();
    case 'unknown-target':
      return m.consult_no_effect_target();
    case 'someone-else-leads':
      return m.consult_no_effect_leads({
        other: cause === undefined ? m.common_unknown_person() : nameOf(cause.author),
        name,
      });
    case 'already':
      return cause === undefined
        ? m.consult_no_effect_already()
        : m.consult_no_effect_already_by({ other: nameOf(cause.author) });
    case 'not-now': {
      const standsDown =
        ['cancelled', 'closed', 'completed'].includes(withoutEffect.status) &&
        ['acknowledged', 'assigned', 'reassigned', 'seen'].includes(event.type);
      const what = pastWords(withoutEffect.status);
      const said =
        after === null || after < 1
          ? m.consult_no_effect_not_now({ what })
          : m.consult_no_effect_after({ time: minutesWords(after), what });
      return standsDown ? `${said} ${m.consult_stand_down({ name })}` : said;
    }
  }
}

/** Acts whose being unknown to the next writer matters to a reader. */
const worthKnowing: ReadonlySet<string> = new Set([
  'cancelled',
  'redirected',
  'declined',
  'completed',
  'closed',
  'reopened',
  'urgency-changed',
  'acknowledged',
  'assigned',
  'reassigned',
  'seen',
  'info-provided',
  'info-requested',
]);

/** Why it changed nothing, how late it came, and what its writer could not know. */
export function remarksOf(entry: TimelineEntry, sources: StorySources): string[] {
  const remarks: string[] = [];
  const noEffect = withoutEffectWords(entry, sources);
  if (noEffect !== null) remarks.push(noEffect);
  if (entry.lateMinutes > 0) remarks.push(m.consult_late({ time: minutesWords(entry.lateMinutes) }));
  if (entry.event.type === 'opened') return remarks;
  // What made it void is said already.
  const { withoutEffect } = entry;
  const cause = withoutEffect !== null && 'by' in withoutEffect ? withoutEffect.by : null;
  const unknown = entry.unknownToAuthor
    .filter((id) => id !== cause)
    .map((id) => sources.consult.timeline.find(({ event }) => event.id === id)?.event)
    .filter((event): event is HeldEvent => event !== undefined && worthKnowing.has(event.type));
  const words = unknown.map((event) => sentenceOf(event, sources)?.words ?? '').filter((each) => each !== '');
  if (words.length > 0) remarks.push(m.consult_could_not_know({ what: words.join(' ') }));
  return remarks;
}
