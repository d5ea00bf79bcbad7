import type { Alert, Channel } from '#shared/alert/alert.ts';
import type { DeviceId } from '#shared/lib/id.ts';
import { msBetween, type Instant } from '#shared/lib/instant.ts';

/** So long a push may take on a good network before the silence is said. */
export const testLateMs = 20_000;

export type TestStep =
  | { readonly what: 'asked'; readonly at: Instant }
  | { readonly what: 'sent'; readonly channel: Exclude<Channel, 'in-app'>; readonly at: Instant }
  | {
      readonly what: 'not-sent';
      readonly channel: Exclude<Channel, 'in-app'> | null;
      readonly why: 'failed' | 'gone' | 'none';
      readonly at: Instant;
    }
  | { readonly what: 'shown'; readonly where: 'here' | 'elsewhere'; readonly at: Instant }
  | { readonly what: 'opened'; readonly at: Instant };

/** 'shown-here' is what was to be proved; 'late' when it could not be sent, or after some seconds of silence; it may still come. */
export type TestOutcome = 'on-its-way' | 'late' | 'shown-here';

export interface TestStory {
  readonly steps: readonly TestStep[];
  readonly outcome: TestOutcome;
}

/** How a test alert fares, from its facts; `alert` null: it has not come back to this tablet yet. */
export function testStory(alert: Alert | null, askedAt: Instant, device: DeviceId, now: Instant): TestStory {
  const steps: TestStep[] = [{ what: 'asked', at: askedAt }];
  const said = new Set<string>();
  const facts = [...(alert?.facts ?? [])].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  for (const { fact, channel, device: where, outcome, at } of facts) {
    const step: TestStep | null =
      fact === 'sent' && channel !== 'in-app'
        ? outcome === 'ok' || outcome === null
          ? channel === null
            ? null
            : { what: 'sent', channel, at }
          : { what: 'not-sent', channel, why: outcome, at }
        : // Being in the list of an open app proves nothing about waking a device.
          fact === 'shown' && channel !== 'in-app'
          ? { what: 'shown', where: where === device ? 'here' : 'elsewhere', at }
          : fact === 'opened'
            ? { what: 'opened', at }
            : null;
    if (step === null) continue;
    const key = JSON.stringify({ ...step, at: null });
    if (said.has(key)) continue;
    said.add(key);
    steps.push(step);
  }
  const failed = steps.some(({ what }) => what === 'not-sent') && !steps.some(({ what }) => what === 'sent');
  const isShownHere = steps.some((step) => step.what === 'shown' && step.where === 'here');
  return {
    steps,
    outcome: isShownHere
      ? 'shown-here'
      : failed || msBetween(askedAt, now) > testLateMs
        ? 'late'
        : 'on-its-way',
  };
}
