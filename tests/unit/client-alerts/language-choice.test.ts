import { describe, expect, test, vi } from 'vitest';
import { chooseLanguage, heldLanguage, languageChoiceOf } from '$lib/alerts/language-choice.ts';
import { startLanguageSender } from '$lib/alerts/send-language.ts';
import { createLive } from '$lib/tablet/live.ts';
import type { Live } from '$lib/tablet/tablet.ts';

/** A tablet's settings, a server that answers as it is told, and a wait that the test ends. */
function start() {
  const setting = createLive<unknown>(null);
  const tablet = {
    setting: <T>(): Live<T | null> => setting as Live<T | null>,
    saveSetting: (_key: string, value: unknown) => {
      setting.set(value);
      return Promise.resolve();
    },
  };
  const asked: { path: string; method: string | undefined; body: unknown }[] = [];
  let answer: () => Promise<Response> = () => Promise.resolve(new Response('{}'));
  let wake: () => void = () => undefined;
  const waits: { delayMs: number; run: () => void }[] = [];
  const stop = startLanguageSender({
    tablet,
    request(path, init) {
      asked.push({
        path,
        method: init?.method,
        body: JSON.parse(typeof init?.body === 'string' ? init.body : 'null'),
      });
      return answer();
    },
    onWaking(run) {
      wake = run;
      return () => (wake = () => undefined);
    },
    later(delayMs, run) {
      const wait = { delayMs, run };
      waits.push(wait);
      return () => void waits.splice(waits.indexOf(wait), 1);
    },
  });
  return {
    tablet,
    asked,
    waits,
    stop,
    wake: () => wake(),
    answers: (next: () => Promise<Response>) => (answer = next),
  };
}
const noNetwork = () => Promise.reject(new TypeError('no network'));
const taken = () => Promise.resolve(new Response('{}'));

describe('UX-3 the language a person chooses', () => {
  test('goes to the server at once, and is remembered as taken', async () => {
    const { tablet, asked } = start();
    await chooseLanguage(tablet, 'ur');
    await vi.waitFor(() => expect(heldLanguage(tablet)).toEqual({ language: 'ur', isSent: true }));
    expect(asked).toEqual([{ path: '/api/alerts/language', method: 'PUT', body: { language: 'ur' } }]);
  });

  test('OFF-4 chosen without a network it waits on the tablet, and goes when there is one', async () => {
    const made = start();
    made.answers(noNetwork);
    await chooseLanguage(made.tablet, 'ur');
    await vi.waitFor(() => expect(made.waits).toHaveLength(1));
    expect(heldLanguage(made.tablet)).toEqual({ language: 'ur', isSent: false });
    made.answers(taken);
    made.wake();
    await vi.waitFor(() => expect(heldLanguage(made.tablet)?.isSent).toBe(true));
    expect(made.asked).toHaveLength(2);
  });

  test('is tried again by itself, less and less often, also by a server that knows no languages yet', async () => {
    const made = start();
    made.answers(() => Promise.resolve(new Response(null, { status: 404 })));
    await chooseLanguage(made.tablet, 'ur');
    const delays: number[] = [];
    for (let time = 0; time < 9; time++) {
      await vi.waitFor(() => expect(made.waits).toHaveLength(1));
      const [wait] = made.waits;
      delays.push(wait?.delayMs ?? 0);
      wait?.run();
    }
    expect(delays.slice(0, 3)).toEqual([5_000, 10_000, 20_000]);
    expect(Math.max(...delays)).toBe(300_000);
  });

  test('of two choices the last is the one that counts', async () => {
    const made = start();
    let finish: (response: Response) => void = () => undefined;
    made.answers(() => new Promise((resolve) => (finish = resolve)));
    await chooseLanguage(made.tablet, 'ur');
    await chooseLanguage(made.tablet, 'en');
    made.answers(taken);
    finish(new Response('{}'));
    await vi.waitFor(() => expect(heldLanguage(made.tablet)).toEqual({ language: 'en', isSent: true }));
    expect(made.asked.map(({ body }) => body)).toEqual([{ language: 'ur' }, { language: 'en' }]);
  });

  test('after signing out nothing more is sent', async () => {
    const made = start();
    made.stop();
    await chooseLanguage(made.tablet, 'ur');
    made.wake();
    expect(made.asked).toEqual([]);
  });

  test.each([null, 'ur', {}, { language: 'tlh', isSent: false }, { language: 'ur', isSent: 'yes' }])(
    'what another build left there, %o, is no choice',
    (value) => expect(languageChoiceOf(value)).toBeNull(),
  );
});
