import type { Consult, TimelineEntry } from '#shared/consult/consult.ts';
import { m } from '$lib/paraglide/messages.js';
import { acknowledgementsIn, alertPassages, type AlertPassage } from '../alerts/alert-story.ts';
import { bodyOf } from './event-body.ts';
import { remarksOf } from './remarks.ts';
import { sentenceOf } from './sentences.ts';
import { atOf, type StoryLine, type StorySources } from './story-line.ts';

/** What stands in an entry's words now: its last correction, else as written. */
function correctedText(entry: TimelineEntry, consult: Consult): string | null {
  const last = entry.correctedBy.at(-1);
  const event =
    last === undefined ? undefined : consult.timeline.find((each) => each.event.id === last)?.event;
  return event === undefined ? null : (bodyOf(event, 'corrected')?.text ?? null);
}

/** Alerts of one cause are one line that grows. */
const alertLine = ({ key, at, words }: AlertPassage): StoryLine => ({
  key,
  at,
  words,
  text: null,
  quiet: true,
  remarks: [],
  entry: null,
  inError: false,
});

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
  const acknowledgedAt = acknowledgementsIn(sources.consult);
  return withAlerts(lines, alertPassages(sources.alerts, { ...sources, acknowledgedAt }).map(alertLine));
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
