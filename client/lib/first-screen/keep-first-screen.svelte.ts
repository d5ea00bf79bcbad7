import { untrack } from 'svelte';
import { alertsByConsult, isUnread } from '$lib/alarm/my-alerts.ts';
import { readingOf } from '$lib/alerts/reading-of.ts';
import { heldReceipts } from '$lib/alerts/receipt-queue.ts';
import { cardOf } from '$lib/inbox/card.ts';
import { dueOf } from '$lib/inbox/due.ts';
import { byBreach, inList, untakenEmergencies, waitsOnMe } from '$lib/inbox/lists.ts';
import { getLocale } from '$lib/paraglide/runtime.js';
import { live, type Workspace } from '$lib/session-ui/workspace.svelte.ts';
import {
  forgetScreen,
  keepScreen,
  keptQuestionLength,
  keptRows,
  type KeptScreen,
  type ScreenStore,
} from './kept-screen.ts';

/** While a first fetch streams in, it is kept no more often than this. */
const keepEveryMs = 1_000;

/** null while the directory is not here: without it nobody knows which list is this person's. */
export function screenOf(work: Workspace, alerts: Parameters<typeof alertsByConsult>[0]): KeptScreen | null {
  const { me, now, connection } = work;
  if (me === null) return null;
  const reader = { person: work.tablet.person, departments: work.myDepartments };
  const byConsult = alertsByConsult(alerts);
  const reading = readingOf(work, heldReceipts(work.tablet));
  const department = work.openConsults
    .filter((consult) => inList('department', consult, reader))
    .sort(byBreach);
  const emergencies = untakenEmergencies(department);
  const first = emergencies[0];
  return {
    form: 1,
    person: work.tablet.person,
    locale: getLocale(),
    name: me.name,
    demo: work.demo,
    timeZone: work.directory.organisation?.timeZone ?? null,
    offsetMs: connection.clockOffsetMs ?? 0,
    confirmedAt: connection.confirmedAt,
    title: work.myDepartments.map((id) => work.departmentName(id)).join(', '),
    counts: {
      department: department.length,
      mine: work.openConsults.filter((consult) => inList('mine', consult, reader)).length,
    },
    waiting: {
      inbox: work.openConsults.filter((consult) => waitsOnMe(consult, reader.person)).length,
      sent: 0,
      alerts: alerts.filter((alert) => isUnread(alert, reading)).length,
      more: work.outbox.filter(({ delivery }) => delivery.state !== 'at-the-server').length,
    },
    emergency:
      first === undefined || first.id === department[0]?.id
        ? null
        : { id: first.id, count: emergencies.length },
    rows: department.slice(0, keptRows).map((consult) => {
      const card = cardOf(consult, 'department', byConsult.get(consult.id) ?? [], work);
      return {
        card: { ...card, question: card.question.slice(0, keptQuestionLength) },
        due: dueOf(consult, now),
      };
    }),
  };
}

/**
 * Keeps the inbox for the next start, when nothing else is to do. What a person sees change is forgotten in the same moment, so that an app
 * killed right after never opens with a card that was true no more.
 */
export function keepFirstScreen(work: Workspace, store: ScreenStore): void {
  const alerts = live(work.tablet.alerts);
  let timer: ReturnType<typeof setTimeout> | null = null;
  let known: readonly unknown[] | null = null;

  function keep(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const screen = untrack(() => screenOf(work, alerts.current));
    if (screen !== null) keepScreen(store, screen);
  }
  const keepWhenIdle = (): void => {
    if ('requestIdleCallback' in window)
      requestIdleCallback(() => timer !== null && keep(), { timeout: 500 });
    else keep();
  };

  $effect(() => {
    // The first two are what a card could be wrong about; the rest only makes it older.
    const from = [
      work.openConsults,
      work.outbox.length,
      work.directory,
      work.patients,
      alerts.current,
      work.connection.confirmedAt?.slice(0, 16),
    ];
    untrack(() => {
      const before = known;
      known = from;
      if (before !== null && (before[0] !== from[0] || before[1] !== from[1])) forgetScreen(store);
      timer ??= setTimeout(keepWhenIdle, keepEveryMs);
    });
  });
  $effect(() => {
    const onHidden = (): void => {
      if (document.visibilityState === 'hidden') keep();
    };
    document.addEventListener('visibilitychange', onHidden);
    return () => {
      document.removeEventListener('visibilitychange', onHidden);
      if (timer !== null) clearTimeout(timer);
      timer = null;
    };
  });
}
