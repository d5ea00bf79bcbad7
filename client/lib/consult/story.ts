import type { Alert } from '#shared/alert/alert.ts';
import type { Consult, TimelineEntry } from '#shared/consult/consult.ts';
import {
  authoredConsultBodies,
  systemConsultBodies,
  type ConsultBody,
  type ConsultEventType,
} from '#shared/consult/events.ts';
import type { Status } from '#shared/consult/vocabulary.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';
import type { DepartmentId } from '#shared/lib/id.ts';
import { msBetween, type Instant } from '#shared/lib/instant.ts';
import { firstFact } from '$lib/alarm/my-alerts.ts';
import { urgencyWord } from '$lib/i18n/words.ts';
import { m } from '$lib/paraglide/messages.js';
import type { Times } from '$lib/time/times.ts';
import { minutesWords } from '$lib/time/words.ts';

/** One line of the story, ready to be drawn. */
export interface StoryLine {
  readonly key: string;
  /** When it became known here: the server's stamp, else the tablet's clock. */
  readonly at: Instant;
  /** A plain sentence. */
  readonly words: string;
  /** What a person wrote, kept as written. */
  readonly text: string | null;
  /** Quieter than what people do: the system's own hand, alerts, openings. */
  readonly quiet: boolean;
  /** Why it changed nothing, what its writer could not know, how late it came. */
  readonly remarks: readonly string[];
  readonly entry: TimelineEntry | null;
  readonly inError: boolean;
}

export interface StorySources {
  readonly consult: Consult;
  readonly alerts: readonly Alert[];
  readonly nameOf: (person: string) => string;
  readonly departmentName: (department: DepartmentId) => string;
  readonly times: Times;
}

const allBodies = { ...authoredConsultBodies, ...systemConsultBodies };

/** The body, when this build can read it. */
export function bodyOf<T extends ConsultEventType>(event: HeldEvent, type: T): ConsultBody<T> | null {
  const parsed = allBodies[type].safeParse(event.body);
  return parsed.success ? (parsed.data as ConsultBody<T>) : null;
}

/** Shift of the day: the ward's three, by the hour in the hospital. */
export function shiftOf(hour: number): 'morning' | 'evening' | 'night' {
  if (hour >= 8 && hour < 14) return 'morning';
  return hour >= 14 && hour < 20 ? 'evening' : 'night';
}

const isKnownType = (type: string): type is ConsultEventType => Object.hasOwn(allBodies, type);

type Sentence = { readonly words: string; readonly text?: string | null; readonly quiet?: boolean } | null;

/** The sentence for an event; null: it has no line of its own, because another line or the banner says it. */
function sentenceOf(event: HeldEvent, { consult, nameOf, departmentName, times }: StorySources): Sentence {
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
      const way = body?.wayForward;
      const forward =
        way === undefined
          ? ''
          : way.way === 'advice-given'
            ? m.consult_story_way_advice({ advice: way.advice })
            : way.way === 'agreed-by-phone'
              ? m.consult_story_way_phone({ with: way.with })
              : m.consult_story_way_department({ department: departmentName(way.department) });
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
        words: m.consult_story_escalated({ names, condition: escalationWord(body?.unless ?? null) }),
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
    case 'patient-relinked':
      return { words: m.consult_story_relinked(), quiet: true };
    // Said by the banner, by the late remark, or beside the entry they point at.
    case 'numbered':
    case 'arrived-late':
    case 'corrected':
    case 'entered-in-error':
      return null;
  }
}

function escalationWord(unless: ConsultBody<'escalated'>['unless'] | null): string {
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
    case null:
      return '';
  }
}

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

const atOf = (event: HeldEvent): Instant => event.receivedAt ?? event.occurredAt;

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

function remarksOf(entry: TimelineEntry, sources: StorySources): string[] {
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

/** What stands in an entry's words now: its last correction, else as written. */
function correctedText(entry: TimelineEntry, consult: Consult): string | null {
  const last = entry.correctedBy.at(-1);
  const event =
    last === undefined ? undefined : consult.timeline.find((each) => each.event.id === last)?.event;
  return event === undefined ? null : (bodyOf(event, 'corrected')?.text ?? null);
}

/** The words for an alert as it stands now; each alert is one line that grows. */
function alertLine(alert: Alert, { nameOf, times }: StorySources): StoryLine {
  const name = nameOf(alert.recipient);
  const opened = firstFact(alert, 'opened') ?? firstFact(alert, 'acted');
  const shown = firstFact(alert, 'shown');
  const words =
    opened !== null
      ? m.consult_alert_opened({ name, time: times.clock(opened.at) })
      : shown !== null
        ? m.consult_alert_shown({ name, time: times.clock(shown.at) })
        : alert.facts.some(
              ({ fact, outcome }) => fact === 'sent' && (outcome === 'none' || outcome === 'gone'),
            )
          ? m.consult_alert_no_way({ name })
          : m.consult_alert_waiting({ name });
  return {
    key: alert.id,
    at: alert.plannedAt,
    words,
    text: null,
    quiet: true,
    remarks: [],
    entry: null,
    inError: false,
  };
}

/** The whole story, oldest first; what is not at the server yet stands last. */
export function storyOf(sources: StorySources): StoryLine[] {
  const lines: StoryLine[] = [];
  for (const entry of sources.consult.timeline) {
    const { event } = entry;
    const sentence = sentenceOf(event, sources);
    if (sentence === null) continue;
    const remarks = remarksOf(entry, sources);
    const corrected = correctedText(entry, sources.consult);
    if (corrected !== null) remarks.push(m.consult_corrected_to({ text: corrected }));
    const mark =
      entry.enteredInErrorBy === null
        ? undefined
        : sources.consult.timeline.find((each) => each.event.id === entry.enteredInErrorBy)?.event;
    if (mark !== undefined) {
      remarks.push(
        m.consult_in_error({
          name: sources.nameOf(mark.author),
          reason: bodyOf(mark, 'entered-in-error')?.reason ?? '',
        }),
      );
    }
    lines.push({
      key: event.id,
      at: atOf(event),
      words: sentence.words,
      text: sentence.text ?? null,
      quiet: sentence.quiet ?? false,
      remarks,
      entry,
      inError: entry.enteredInErrorBy !== null,
    });
  }
  return withAlerts(
    lines,
    sources.alerts.map((alert) => alertLine(alert, sources)),
  );
}

/** Alerts have no place in the total order: each stands after the last accepted line that is not later than it. */
function withAlerts(lines: readonly StoryLine[], alerts: readonly StoryLine[]): StoryLine[] {
  const waiting = [...alerts].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const all: StoryLine[] = [];
  /** The same said twice in a row tells nothing more. */
  const tell = (alert: StoryLine): void => {
    const last = all.at(-1);
    if (last === undefined || last.entry !== null || last.words !== alert.words) all.push(alert);
  };
  for (const line of lines) {
    const isUnsent = line.entry?.event.n === undefined;
    while (waiting[0] !== undefined && (isUnsent || waiting[0].at < line.at))
      tell(waiting.shift() as StoryLine);
    all.push(line);
  }
  for (const alert of waiting) tell(alert);
  return all;
}

export interface Chapter {
  readonly key: string;
  readonly day: Instant;
  readonly shift: ReturnType<typeof shiftOf>;
  readonly lines: readonly StoryLine[];
}

/** The story by day and shift; a night belongs to the evening it began on. Order is kept. */
export function chaptersOf(lines: readonly StoryLine[], times: Times): Chapter[] {
  const chapters: { key: string; day: Instant; shift: Chapter['shift']; lines: StoryLine[] }[] = [];
  for (const line of lines) {
    const shift = shiftOf(times.hourOf(line.at));
    const last = chapters.at(-1);
    const sameNight =
      last?.shift === 'night' &&
      shift === 'night' &&
      msBetween(last.lines[0]?.at ?? line.at, line.at) < 12 * 60 * 60_000;
    if (
      last !== undefined &&
      last.shift === shift &&
      (sameNight || times.dayOf(last.day) === times.dayOf(line.at))
    )
      last.lines.push(line);
    else chapters.push({ key: line.key, day: line.at, shift, lines: [line] });
  }
  return chapters;
}
