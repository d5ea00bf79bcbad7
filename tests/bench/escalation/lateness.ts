import { instantToMs, type Instant } from '#shared/lib/instant.ts';
import type { Urgency } from '#shared/consult/vocabulary.ts';
import { ms, type Row } from '../measure.ts';
import { percentile } from '../statistics.ts';
import type { Firings } from './gateway.worker.ts';
import type { DueConsult } from './open-consults.ts';

/** From when a step was due until the push to one of the people it names was handed to the service. Infinity: it never was. */
export interface PushLateness {
  readonly urgency: Urgency;
  readonly lateMs: number;
}

/** Of everybody the first step of each consult names; a consult that nothing was fired of counts once, as never. */
export function pushLateness(
  dues: readonly DueConsult[],
  firings: readonly Firings[],
  pushedAt: ReadonlyMap<string, Instant>,
): PushLateness[] {
  return dues.flatMap(({ dueAt }, at): PushLateness[] => {
    const fired = firings[at];
    if (fired === undefined) throw new Error('a consult was not asked for');
    const { urgency, steps } = fired;
    const alerts = steps[0] ?? [];
    if (alerts.length === 0) return [{ urgency, lateMs: Infinity }];
    return alerts.map((alert) => {
      const pushed = pushedAt.get(alert);
      return { urgency, lateMs: pushed === undefined ? Infinity : instantToMs(pushed) - instantToMs(dueAt) };
    });
  });
}

/** Of routine alerts to one person only the first leaves at once; those of the minute after it go out together when it is over. */
const bundledForMs = 60_000;

/** Two rows: what calls somebody at once, and what may wait for its bundle. */
export function pushRows(of: string, lateness: readonly PushLateness[]): Row[] {
  const row = (measure: string, own: readonly number[], targetMs: number, target: string): Row => {
    const p99 = percentile(own, 0.99);
    const never = own.filter((late) => !Number.isFinite(late)).length;
    const reached = own.filter(Number.isFinite);
    return {
      measure: `${measure}${of} (p99)`,
      measured: never === 0 ? ms(p99) : `${ms(percentile(reached, 0.99))}, ${String(never)} NEVER sent`,
      peer: `p50 ${ms(percentile(reached, 0.5))}, last ${ms(Math.max(...reached))}`,
      ratio: '',
      target,
      met: never === 0 && p99 <= targetMs,
      runs: own.length,
    };
  };
  const lateOf = (isWanted: (urgency: Urgency) => boolean): number[] =>
    lateness.filter(({ urgency }) => isWanted(urgency)).map(({ lateMs }) => lateMs);
  return [
    row(
      'due → push handed to the service, emergency and urgent',
      lateOf((urgency) => urgency !== 'routine'),
      5_000,
      '≤ 5 s, everybody',
    ),
    row(
      '· routine, bundled for a minute',
      lateOf((urgency) => urgency === 'routine'),
      bundledForMs + 5_000,
      '≤ 65 s, everybody',
    ),
  ];
}
