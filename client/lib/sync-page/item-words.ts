import type { OutboxItem } from '$lib/tablet/tablet.ts';
import { actWord } from '$lib/consult/acts/act-forms.ts';
import { m } from '$lib/paraglide/messages.js';
import { authoredConsultTypes, type AuthoredConsultType } from '#shared/consult/events.ts';

/** What was done, in a few words, for the list of what waits. */
export function itemWords({ event, document }: OutboxItem): string {
  if (document === 'patient') {
    return event.type === 'registered' ? m.sync_item_registered() : m.sync_item_patient();
  }
  if (event.type === 'submitted') return m.sync_item_request();
  if (event.type === 'opened') return m.sync_item_opened();
  if (event.type === 'recommendation-marked') return m.sync_item_marked();
  const type = authoredConsultTypes.find((each): each is AuthoredConsultType => each === event.type);
  const word = type === undefined ? '' : actWord(type);
  return word === '' ? m.sync_item_other() : word;
}

/** Every piece of text in an event, so that what was refused can be read and copied. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return /\s/.test(value.trim()) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, each]) => (name === 'patientAsWas' ? [] : textsOf(each)));
  }
  return [];
}
