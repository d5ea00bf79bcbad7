import { describe, expect, it, vi } from 'vitest';
import { onWaking, type Waking } from '$lib/tablet/on-waking.ts';

function page(visibilityState: DocumentVisibilityState = 'visible') {
  const [window, target] = [new EventTarget(), new EventTarget()];
  const document = Object.assign(target, { visibilityState });
  const run = vi.fn();
  const stop = onWaking(run, { window, document } as Partial<Waking> as Waking);
  return { window, document, run, stop };
}

describe('FM-9 a page that was asleep', () => {
  it.each(['online', 'pageshow'])('asks the server at once on %s', (event) => {
    const { window, run } = page();
    window.dispatchEvent(new Event(event));
    expect(run).toHaveBeenCalledOnce();
  });

  it.each(['resume', 'visibilitychange'])('asks the server at once on %s', (event) => {
    const { document, run } = page();
    document.dispatchEvent(new Event(event));
    expect(run).toHaveBeenCalledOnce();
  });

  it('asks nothing when it goes out of sight, nor after it was closed', () => {
    const hidden = page('hidden');
    hidden.document.dispatchEvent(new Event('visibilitychange'));
    const closed = page();
    closed.stop();
    for (const event of ['online', 'pageshow']) closed.window.dispatchEvent(new Event(event));
    for (const event of ['resume', 'visibilitychange']) closed.document.dispatchEvent(new Event(event));
    expect([hidden.run.mock.calls.length, closed.run.mock.calls.length]).toEqual([0, 0]);
  });
});
