import { beforeEach, describe, expect, it, vi } from 'vitest';
import { noticeProblem } from '$lib/devices/notice-revocation.ts';
import { createWipeMarker } from '$lib/devices/wipe-marker.ts';
import { createFetchServer } from '$lib/sync/fetch-server.ts';
import { appVersionHeader } from '#shared/device/protocol.ts';
import type { Problem, ProblemCode } from '#shared/lib/problem.ts';
import { nowHeader, serverHeader } from '#shared/sync/protocol.ts';
import { people } from '#tests/builders.ts';
import { createSmallStore } from './small-store.ts';

let local: Storage;
const reload = vi.fn();
beforeEach(() => {
  const here = (person: string, slot: number | null) => ({
    person,
    name: '',
    slot,
    demo: false,
    mustChangePassword: false,
    signedInAt: null,
  });
  local = createSmallStore({
    'hc-people': JSON.stringify({
      people: [here(people.requester.id, 2), here(people.cardiologist.id, 5), here(people.head.id, null)],
      last: people.cardiologist.id,
      owed: [3],
    }),
  });
  reload.mockReset();
  vi.stubGlobal('localStorage', local);
  vi.stubGlobal('location', { reload });
});

/** Our server, or something that says the same without being it. */
function serverThatSays(code: ProblemCode, isOurs: boolean) {
  const body: Problem = { type: '', title: '', status: 403, code, requestId: 'x' };
  const sent: Headers[] = [];
  const server = createFetchServer({
    origin: '',
    slot: 0,
    fetch: (_url, init) => {
      sent.push(new Headers(init?.headers));
      return Promise.resolve(
        new Response(JSON.stringify(body), {
          status: 403,
          headers: {
            'content-type': 'application/problem+json',
            [nowHeader]: '2026-03-02T08:00:00.000Z',
            ...(isOurs ? { [serverHeader]: 'hospital-consult' } : {}),
          },
        }),
      );
    },
    scheduler: { after: () => () => undefined },
    elapsedMs: () => 0,
    onProblem: noticeProblem,
    headers: () => ({ [appVersionHeader]: '2.0.0' }),
  });
  return { server, sent };
}
const pulling = { collection: 'consults', checkpoint: null, limit: 1 } as const;

describe('FM-6 a tablet that is told that it was withdrawn', () => {
  it('marks itself, with the sessions that can hand in, the present one first, and begins anew', async () => {
    const { server, sent } = serverThatSays('device-revoked', true);
    await server.pull(pulling);
    expect(createWipeMarker(local).read()).toEqual({
      step: 'handing-in',
      slots: [5, 2, 3],
      handedIn: 0,
      lost: 0,
    });
    expect(reload).toHaveBeenCalledOnce();
    expect(sent[0]?.get(appVersionHeader)).toBe('2.0.0');
    await server.pull(pulling);
    expect(reload).toHaveBeenCalledOnce();
  });

  it.each<[ProblemCode, boolean]>([
    ['forbidden', true],
    ['password-change-needed', true],
    ['device-revoked', false],
  ])('is not told so by %s, nor by another server (ours: %s)', async (code, isOurs) => {
    await serverThatSays(code, isOurs).server.pull(pulling);
    expect(createWipeMarker(local).read()).toBeNull();
    expect(reload).not.toHaveBeenCalled();
  });
});
