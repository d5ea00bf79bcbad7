/** One thing without which this gateway should not be asked: the store, a feed, the alert queue, escalation. */
export interface ReadinessCheck {
  readonly name: string;
  /** Throws or answers false when not ready. */
  isReady(): Promise<boolean> | boolean;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, 'ready' | 'not-ready'>>;
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
    checks.map(async (check): Promise<readonly [string, 'ready' | 'not-ready']> => {
      try {
        return [check.name, (await inTime(Promise.resolve(check.isReady()))) ? 'ready' : 'not-ready'];
      } catch (error) {
        onFailure(check.name, error);
        return [check.name, 'not-ready'];
      }
    }),
  );
  return { ready: answers.every(([, state]) => state === 'ready'), checks: Object.fromEntries(answers) };
}
