import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addMs, type Instant } from '#shared/lib/instant.ts';
import {
  claimDeadlineMs,
  createClaims,
  emergencyClaimDeadlineMs,
  type ClaimOutcome,
  type Claims,
} from '#server/escalation/claims.ts';
import { openEmbeddedStore } from '#server/store/embedded.ts';
import type { Database, DocumentStore } from '#server/store/port.ts';
import { consultId, personId, storyStart } from '#tests/builders.ts';

const consult = consultId('one');
const claim = (now: Instant, name = 'Dr A') => ({
  id: `${consult}:clock:0:0`,
  consult,
  recipients: [{ person: personId(name), as: 'on-call first' }],
  now,
});

async function take(gateway: Claims, { now, ...request }: ReturnType<typeof claim>): Promise<ClaimOutcome> {
  const [outcome] = await gateway.take([request], now);
  if (outcome === undefined) throw new Error('no outcome');
  return outcome;
}

describe('ALE-6 claims', () => {
  let folder: string;
  let store: DocumentStore;
  let claims: Database;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hc-claims-'));
    store = await openEmbeddedStore({ folder, designDocuments: [] });
    claims = store.database('claims');
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  it('of many gateways that want one step at the same time, one gets it', async () => {
    const gateways = Array.from({ length: 8 }, (_, n) => createClaims(claims, `gateway ${String(n)}`));
    const outcomes = await Promise.all(gateways.map((gateway) => take(gateway, claim(storyStart))));
    expect(outcomes.filter(({ type }) => type === 'mine')).toHaveLength(1);
    expect(outcomes.filter(({ type }) => type === 'theirs')).toHaveLength(7);
  });

  it('a gateway that died in the middle is taken over after the deadline, with the people it chose', async () => {
    await take(createClaims(claims, 'dead'), claim(storyStart, 'Dr A'));
    const other = createClaims(claims, 'alive');
    const until = addMs(storyStart, claimDeadlineMs);
    expect(await take(other, claim(addMs(until, -1), 'Dr B'))).toEqual({ type: 'theirs', until });
    expect(await take(other, claim(until, 'Dr B'))).toMatchObject({
      type: 'mine',
      recipients: [{ person: personId('Dr A'), as: 'on-call first' }],
    });
  });

  it('FM-41 an emergency that a dead gateway had claimed is taken over in half the time', async () => {
    const ofEmergency = (now: Instant) => ({ ...claim(now), urgency: 'emergency' as const });
    await take(createClaims(claims, 'dead'), ofEmergency(storyStart));
    const other = createClaims(claims, 'alive');
    const until = addMs(storyStart, emergencyClaimDeadlineMs);
    expect(emergencyClaimDeadlineMs).toBeLessThan(claimDeadlineMs);
    expect(await take(other, ofEmergency(addMs(until, -1)))).toEqual({ type: 'theirs', until });
    expect(await take(other, ofEmergency(until))).toMatchObject({ type: 'mine' });
  });

  it('a gateway that was restarted goes on with its own claim at once', async () => {
    await take(createClaims(claims, 'same'), claim(storyStart));
    expect(await take(createClaims(claims, 'same'), claim(addMs(storyStart, 1)))).toMatchObject({
      type: 'mine',
    });
  });

  it('a batch is taken as one: what another gateway holds is left to it, the rest is ours', async () => {
    await take(createClaims(claims, 'other'), claim(storyStart));
    const second = { ...claim(storyStart), id: `${consult}:clock:1:0` };
    const outcomes = await createClaims(claims, 'one').take([claim(storyStart), second], storyStart);
    expect(outcomes.map(({ type }) => type)).toEqual(['theirs', 'mine']);
  });

  it('FM-40 two leaves of one claim, as a cluster may keep them: everyone sees the same leader and the other is gone', async () => {
    const body = (gateway: string) => ({
      kind: 'claim',
      consult,
      gateway,
      deadlineAt: addMs(storyStart, claimDeadlineMs),
      recipients: claim(storyStart).recipients,
    });
    const leaf = (gateway: string, hash: string) => ({
      id: `claim:${claim(storyStart).id}`,
      rev: `1-${hash}`,
      revisions: [hash],
      deleted: false,
      body: body(gateway),
    });
    await claims.importLeaves([leaf('gateway b', 'b'.repeat(32)), leaf('gateway a', 'a'.repeat(32))]);
    const outcome = await take(createClaims(claims, 'gateway b'), claim(storyStart));
    expect(outcome.type).toBe('theirs');
    const leaves = await claims.leaves(`claim:${claim(storyStart).id}`);
    expect(leaves.map(({ body: kept }) => kept['gateway'])).toEqual(['gateway a']);
  });
});
