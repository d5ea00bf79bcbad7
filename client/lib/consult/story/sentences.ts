import type { ConsultBody } from '#shared/consult/events.ts';
import { callReasonOf, type CallReason } from '#shared/escalation/call-reason.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { Instant } from '#shared/lib/instant.ts';
import { urgencyWord } from '$lib/i18n/words.ts';
import { m } from '$lib/paraglide/messages.js';
import { minutesWords } from '$lib/time/words.ts';
import { bodyOf, isKnownType } from './event-body.ts';
import type { StorySources } from './story-line.ts';

type Sentence = { readonly words: string; readonly text?: string | null; readonly quiet?: boolean } | null;

/** The sentence for an event; null: it has no line of its own, because another line or the banner says it. */
export function sentenceOf(
  event: HeldEvent,
  { consult, nameOf, departmentName, times }: StorySources,
): Sentence {
  if (!isKnownType(event.type))
    return { words: m.consult_story_newer({ name: nameOf(event.author) }), quiet: true };
  const name = nameOf(event.author);
  switch (event.type) {
    case 'submitted':
      return {
        words: m.consult_story_submitted({
          name,
          department: departmentName(consult.content.receivingDepartment),
        }),
      };
    case 'resubmitted':
      return {
        words: m.consult_story_resubmitted({ name }),
        text: bodyOf(event, 'resubmitted')?.changes ?? null,
      };
    case 'info-provided':
      return {
        words: m.consult_story_info_provided({ name }),
        text: bodyOf(event, 'info-provided')?.text ?? null,
      };
    case 'urgency-changed': {
      const body = bodyOf(event, 'urgency-changed');
      return {
        words: m.consult_story_urgency({ name, urgency: body === null ? '' : urgencyWord(body.to) }),
        text: body?.reason ?? null,
      };
    }
    case 'recommendation-marked': {
      const body = bodyOf(event, 'recommendation-marked');
      const about = consult.recommendations.find(({ id }) => id === body?.recommendation)?.text ?? '';
      if (body?.as === 'declined')
        return { words: m.consult_story_marked_declined({ name, about }), text: body.reason };
      return {
        words:
          body?.as === 'done'
            ? m.consult_story_marked_done({ name, about })
            : m.consult_story_marked_accepted({ name, about }),
      };
    }
    case 'closed':
      return { words: m.consult_story_closed({ name }) };
    case 'reopened':
      return { words: m.consult_story_reopened({ name }), text: bodyOf(event, 'reopened')?.reason ?? null };
    case 'cancelled':
      return { words: m.consult_story_cancelled({ name }), text: bodyOf(event, 'cancelled')?.reason ?? null };
    case 'rang': {
      const body = bodyOf(event, 'rang');
      return { words: m.consult_story_rang({ name, whom: body?.whom ?? '' }), text: body?.outcome ?? null };
    }
    case 'acknowledged': {
      const minutes = bodyOf(event, 'acknowledged')?.promiseMinutes ?? 0;
      return {
        words:
          minutes === 0
            ? m.consult_story_coming_now({ name })
            : m.consult_story_coming({ name, time: minutesWords(minutes) }),
      };
    }
    case 'promise-changed':
      return {
        words: m.consult_story_promise({
          name,
          time: minutesWords(bodyOf(event, 'promise-changed')?.promiseMinutes ?? 0),
        }),
      };
    case 'assigned':
    case 'reassigned': {
      const to = bodyOf(event, event.type)?.to ?? null;
      const reason = event.type === 'reassigned' ? (bodyOf(event, 'reassigned')?.reason ?? '') : '';
      return {
        words:
          to === event.author
            ? m.consult_story_took({ name })
            : m.consult_story_gave({ name, to: nameOf(to ?? '') }),
        text: reason === '' ? null : reason,
      };
    }
    case 'unassigned':
      return {
        words: m.consult_story_unassigned({ name }),
        text: bodyOf(event, 'unassigned')?.reason ?? null,
      };
    case 'seen':
      return { words: m.consult_story_seen({ name }) };
    case 'info-requested':
      return {
        words: m.consult_story_info_requested({ name }),
        text: bodyOf(event, 'info-requested')?.text ?? null,
      };
    case 'redirected': {
      const body = bodyOf(event, 'redirected');
      return {
        words: m.consult_story_redirected({
          name,
          department: body === null ? '' : departmentName(body.department),
        }),
        text: body?.reason ?? null,
      };
    }
    case 'declined': {
      const body = bodyOf(event, 'declined');
      const forward = body === null ? '' : wayForwardWords(body.wayForward, departmentName);
      return {
        words: m.consult_story_declined({ name }),
        text: body === null ? null : `${body.reason}\n${forward}`,
      };
    }
    case 'completed':
      return { words: m.consult_story_completed({ name }) };
    case 'follow-up-recorded':
      return {
        words: m.consult_story_follow_up({ name }),
        text: bodyOf(event, 'follow-up-recorded')?.findings ?? null,
      };
    case 'follow-up-ended':
      return {
        words: m.consult_story_follow_up_ended({ name }),
        text: bodyOf(event, 'follow-up-ended')?.reason ?? null,
      };
    case 'hand-over-confirmed':
      return { words: m.consult_story_hand_over({ name }) };
    case 'note-added': {
      const body = bodyOf(event, 'note-added');
      const words =
        body?.kind === 'assessment'
          ? m.consult_story_note_assessment({ name })
          : body?.kind === 'plan'
            ? m.consult_story_note_plan({ name })
            : body?.kind === 'recommendation'
              ? m.consult_story_note_recommendation({ name })
              : m.consult_story_note_progress({ name });
      return { words, text: body?.text ?? null };
    }
    case 'message-posted':
      return {
        words: m.consult_story_message({ name }),
        text: bodyOf(event, 'message-posted')?.text ?? null,
      };
    case 'attachment-added':
      return {
        words: m.consult_story_attachment({ name }),
        text: bodyOf(event, 'attachment-added')?.caption ?? null,
      };
    case 'joined': {
      const body = bodyOf(event, 'joined');
      return {
        words: m.consult_story_joined({
          name,
          department: body === null ? '' : departmentName(body.department),
        }),
        text: body?.reason ?? null,
      };
    }
    case 'opened':
      return { words: m.consult_story_opened({ name }), quiet: true };
    case 'force-closed':
      return {
        words: m.consult_story_force_closed({ name }),
        text: bodyOf(event, 'force-closed')?.reason ?? null,
      };
    case 'auto-assigned': {
      const to = bodyOf(event, 'auto-assigned')?.to;
      return { words: m.consult_story_auto_assigned({ name: nameOf(to ?? '') }), quiet: true };
    }
    case 'clock-snapshot': {
      const body = bodyOf(event, 'clock-snapshot');
      if (body === null) return null;
      const due = new Date(Date.parse(body.startsAt) + body.targets.seen * 60_000).toISOString() as Instant;
      return { words: m.consult_story_targets({ time: times.clock(due) }), quiet: true };
    }
    case 'escalated': {
      const body = bodyOf(event, 'escalated');
      const names = (body?.notified ?? []).map(({ person }) => nameOf(person)).join(', ');
      return {
        words: body === null ? names : callWords(body.unless, callReasonOf(event, consult), names),
        quiet: true,
      };
    }
    case 'hand-over-offered':
      return {
        words: m.consult_story_hand_over_offered({
          name: nameOf(bodyOf(event, 'hand-over-offered')?.to ?? ''),
        }),
        quiet: true,
      };
    case 'follow-up-due':
      return { words: m.consult_story_follow_up_due(), quiet: true };
    case 'assignee-left':
      return {
        words: m.consult_story_assignee_left({ name: nameOf(bodyOf(event, 'assignee-left')?.person ?? '') }),
        quiet: true,
      };
    case 'patient-relinked':
      return { words: m.consult_story_relinked(), quiet: true };
    case 'patient-kept-apart':
      return { words: m.consult_story_kept_apart(), quiet: true };
    // Said by the banner, by the late remark, or beside the entry they point at.
    case 'numbered':
    case 'arrived-late':
    case 'corrected':
    case 'entered-in-error':
      return null;
  }
}

/** Who is called and why. Whether it reached them stands in the line of their alert. */
function callWords(unless: ConsultBody<'escalated'>['unless'], reason: CallReason, names: string): string {
  if (reason === 'stand-in') return m.consult_story_stand_in({ names });
  const condition = reason === 'late' ? lateWord(unless) : earlyWord(unless);
  return reason === 'due-soon'
    ? m.consult_story_due_soon({ condition, names })
    : m.consult_story_escalated({ condition, names });
}

function earlyWord(unless: ConsultBody<'escalated'>['unless']): string {
  switch (unless) {
    case 'acknowledged':
      return m.consult_not_yet_acknowledged();
    case 'seen':
      return m.consult_not_yet_seen();
    case 'completed':
      return m.consult_not_yet_completed();
    case 'promise':
    case 'info':
    case 'declined-twice':
    case 'hand-over':
      return lateWord(unless);
  }
}

function lateWord(unless: ConsultBody<'escalated'>['unless']): string {
  switch (unless) {
    case 'acknowledged':
      return m.consult_escalated_acknowledged();
    case 'seen':
      return m.consult_escalated_seen();
    case 'completed':
      return m.consult_escalated_completed();
    case 'promise':
      return m.consult_escalated_promise();
    case 'info':
      return m.consult_escalated_info();
    case 'declined-twice':
      return m.consult_escalated_declined();
    case 'hand-over':
      return m.consult_escalated_hand_over();
  }
}

/** How the patient gets help all the same. */
export function wayForwardWords(
  way: ConsultBody<'declined'>['wayForward'],
  departmentName: StorySources['departmentName'],
): string {
  switch (way.way) {
    case 'advice-given':
      return m.consult_story_way_advice({ advice: way.advice });
    case 'agreed-by-phone':
      return m.consult_story_way_phone({ with: way.with });
    case 'other-department':
      return m.consult_story_way_department({ department: departmentName(way.department) });
  }
}
