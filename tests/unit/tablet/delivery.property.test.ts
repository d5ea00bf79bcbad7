import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStamped } from '#shared/event/envelope.ts';
import { twinPlace } from '#tests/contract/tablet-store/rxdb-places.ts';
import { settle } from '#tests/e-rows/hand-clock.ts';
import { consultContent, consultName, current, openWard, type Ward } from '#tests/e-rows/tablet-fixture.ts';
import { captivePortal, problem, type TestServer } from '#tests/e-rows/test-server.ts';

const faults: Record<string, (server: TestServer, path: string) => Response | 'drop' | 'no-network' | null> =
  {
    none: () => null,
    'no network': () => 'no-network',
    'captive portal': () => captivePortal(),
    'signed out': (server) => problem(server, 401, 'session-ended'),
    'lost answers': (_server, path) => (path === 'push' ? 'drop' : null),
    'push fails': (server, path) => (path === 'push' ? problem(server, 503, 'unavailable') : null),
    'pull fails': (server, path) => (path === 'pull' ? problem(server, 500, 'internal') : null),
  };

type Step =
  | { readonly do: 'write'; readonly consult: number }
  | { readonly do: 'fault'; readonly fault: string }
  | { readonly do: 'silence'; readonly silent: boolean }
  | { readonly do: 'sync' | 'reopen' | 'cut' | 'fail-page' }
  | { readonly do: 'time'; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), consult: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom(...Object.keys(faults)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('silence' as const), silent: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('sync' as const, 'reopen' as const, 'cut' as const, 'fail-page' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('time' as const), seconds: fc.integer({ min: 1, max: 400 }) }),
  },
);

describe('delivery', () => {
  it('FM-18 FM-22 nothing is ever shown as at the server that the server does not have; in the end everything is there once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const ward = await openWard(twinPlace());
        try {
          const consults = [0, 1, 2].map(consultName);
          for (const id of consults) ward.server.put('consults', id, consultContent(id), false);
          await ward.tablet.syncNow();
          const written = new Set<string>();
          for (const each of steps) {
            await take(ward, each, written);
            await settle(2);
            honest(ward);
          }
          ward.server.fault = () => null;
          ward.server.judge = () => null;
          ward.place.failPages(0);
          await ward.clock.advance(15 * 60_000);
          await ward.tablet.syncNow();
          await ward.rest();
          const there = consults
            .flatMap((id) => ward.server.events(id).map((event) => event.id))
            .filter((id) => written.has(id));
          expect([...there].sort()).toEqual([...written].sort());
          expect(current(ward.tablet.outbox)).toEqual([]);
          expect(await ward.held()).toEqual([...consults].sort());
        } finally {
          await ward.close();
        }
      }),
      { numRuns: 60, seed: 20_261_122 },
    );
  }, 60_000);
});

async function take(ward: Ward, each: Step, written: Set<string>): Promise<void> {
  switch (each.do) {
    case 'write': {
      const saved = await ward.tablet.actOnConsult(consultName(each.consult), 'message-posted', {
        text: 'words',
      });
      if (saved.ok) written.add(saved.value);
      return;
    }
    case 'fault':
      ward.server.fault = ({ path }) => faults[each.fault]?.(ward.server, path) ?? null;
      if (each.fault === 'no network') ward.server.cutStreams();
      return;
    case 'silence':
      ward.server.judge = () => (each.silent ? 'silence' : null);
      return;
    case 'sync':
      return ward.tablet.syncNow();
    case 'reopen':
      return ward.reopen();
    case 'cut':
      ward.server.cutStreams();
      return;
    case 'fail-page':
      ward.place.failPages(1);
      return;
    case 'time':
      return ward.clock.advance(each.seconds * 1000);
  }
}

function honest(ward: Ward): void {
  const known = new Set(
    [0, 1, 2].flatMap((index) => ward.server.events(consultName(index)).map((event) => event.id)),
  );
  const shown = current(ward.tablet.openConsults).flatMap((consult) =>
    consult.timeline.map(({ event }) => event),
  );
  for (const event of [...shown, ...current(ward.tablet.outbox).map((item) => item.event)]) {
    if (ward.tablet.deliveryOf(event).state !== 'at-the-server') continue;
    expect(known.has(event.id), `${event.type} is claimed to be at the server`).toBe(true);
    if (isStamped(event)) expect(known.has(event.id)).toBe(true);
  }
}
