/** One thing without which this gateway should not be asked: the store, a feed, the alert queue, escalation. */
export interface ReadinessCheck {
  readonly name: string;
  /** Throws or answers false when not ready. */
  isReady(): Promise<boolean> | boolean;
  /** Somebody should look, and this gateway is as good as any other all the same: shown, and no reason not to be asked. */
  readonly isAdvice?: true;
}

export type CheckState = 'ready' | 'not-ready' | 'warning';

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, CheckState>>;
}

const checkTimeoutMs = 3_000;

function inTime(work: Promise<boolean>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), checkTimeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Asks all checks at once; one that does not answer in time is not ready. `onFailure` hears why. */
export async function readinessOf(
  checks: readonly ReadinessCheck[],
  onFailure: (name: string, error: unknown) => void,
): Promise<Readiness> {
  const answers = await Promise.all(
    checks.map(async (check): Promise<readonly [string, CheckState]> => {
      const bad = check.isAdvice === true ? 'warning' : 'not-ready';
      try {
        return [check.name, (await inTime(Promise.resolve(check.isReady()))) ? 'ready' : bad];
      } catch (error) {
        onFailure(check.name, error);
        return [check.name, bad];
      }
    }),
  );
  return { ready: answers.every(([, state]) => state !== 'not-ready'), checks: Object.fromEntries(answers) };
}
