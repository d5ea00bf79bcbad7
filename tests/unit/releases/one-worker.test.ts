import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const client = new URL('../../../client/', import.meta.url).pathname;
const sources = readdirSync(client, { recursive: true, encoding: 'utf8' }).filter(
  (name) => /\.(ts|js|svelte|html|webmanifest)$/.test(name) && !name.startsWith('lib/paraglide/'),
);
const textOf = (name: string): string => readFileSync(join(client, name), 'utf8');

describe('FM-54 one worker on the origin', () => {
  it('is registered at one place, and everything it does goes into that one', () => {
    const registering = sources.filter((name) =>
      /new Workbox\(|serviceWorker\s*\.\s*register\(|"serviceworker"/.test(textOf(name)),
    );
    expect(registering).toEqual(['lib/session-ui/app-update.svelte.ts']);
    expect(textOf('lib/session-ui/app-update.svelte.ts').match(/new Workbox\(/g)).toHaveLength(1);
    expect(sources.filter((name) => /(^|\/)service-worker/.test(name))).toEqual(['service-worker.ts']);
    for (const part of ['precacheAndRoute', 'handleAlerts', 'handleParcelSync'])
      expect([part, textOf('service-worker.ts').includes(`${part}(`)]).toEqual([part, true]);
  });
});
