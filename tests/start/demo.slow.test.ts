import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { demoSignInsSchema } from '#shared/session/protocol.ts';
import { signedIn } from './first-administrator.ts';
import { cleanUp, ensureBuilt, newFolder, startServer, type RunningServer } from './running-server.ts';

const seeds = 'making the demo hospital';

async function demoPeople(server: RunningServer) {
  const answer = await fetch(`${server.origin}/api/session/demo`);
  return demoSignInsSchema.parse(await answer.json()).people;
}

describe('npm start', () => {
  beforeAll(ensureBuilt);
  afterEach(cleanUp);

  it('OPS-1 makes the demo hospital once; the second start finds it and is quicker', async () => {
    const folder = await newFolder();
    const startedMs = performance.now();
    const first = await startServer(folder, { demo: true });
    const firstMs = performance.now() - startedMs;
    expect(first.program.output()).toContain(seeds);
    const people = await demoPeople(first);
    expect(people.length).toBeGreaterThan(0);
    for (const { email, password } of people)
      await first.program.line(new RegExp(`^ +${email} +${password} `));
    const [someone] = people;
    const session = await signedIn(first, someone?.email, someone?.password);
    expect(session.demo).toBe(true);
    expect((await first.stop()).code).toBe(0);

    const againMs = performance.now();
    const second = await startServer(folder, { demo: true });
    expect(performance.now() - againMs).toBeLessThan(firstMs);
    expect(second.program.output()).not.toContain(seeds);
    expect(await demoPeople(second)).toEqual(people);
    const same = await signedIn(second, someone?.email, someone?.password);
    expect([same.person, same.storeEpoch]).toEqual([session.person, session.storeEpoch]);
  });
});
