import { afterAll, beforeAll, expect, it } from 'vitest';
import { people } from '#tests/builders.ts';
import { startGateway, type Gateway, type TestTablet } from '#tests/http/sync/gateway.ts';

let gateway: Gateway;
let tablet: TestTablet;
beforeAll(async () => {
  gateway = await startGateway();
  tablet = await gateway.tablet(people.requester);
});
afterAll(() => gateway.close());

const streams = (): number => {
  const state = gateway.sync.state();
  return state.phase === 'ready' ? state.streams : -1;
};

it('a HEAD request leaves no stream open that nobody reads', async () => {
  for (let n = 0; n < 20; n++) {
    const response = await tablet.session.request('/api/sync/stream', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  }
  expect(streams()).toBe(0);
});
