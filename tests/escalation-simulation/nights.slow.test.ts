import { describe, expect, it } from 'vitest';
import { playNight } from './history.ts';
import { couchStage, embeddedStage } from './stores.ts';

/*
 * Any history, any rota, any crash, one to three gateways: each step reaches each person while its condition holds, none fires after it was met, and one
 * notification shows. A seed that broke a law becomes a test of its own below.
 */
const seeds = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_none, at) => `${name}-${String(at)}`);

describe('ALE-6, ALE-12 nights on the embedded store', () => {
  it.each(seeds('embedded', 20))('%s', async (seed) => {
    const stage = await embeddedStage();
    try {
      expect(await playNight(stage, seed)).toEqual([]);
    } finally {
      await stage.close();
    }
  });
});

describe('FM-40 nights on a CouchDB that refuses, loses, doubles and cuts', () => {
  it.each(seeds('couch', 5))('%s', async (seed) => {
    const stage = await couchStage();
    try {
      expect(await playNight(stage, seed)).toEqual([]);
    } finally {
      await stage.close();
    }
  });
});
