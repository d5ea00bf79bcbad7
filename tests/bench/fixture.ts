import { join } from 'node:path';
import { systemClock } from '#server/ops/system-clock.ts';
import type { StampedEvent } from '#shared/event/envelope.ts';
import type { EventId } from '#shared/lib/id.ts';
import type { CorpusSize } from './corpus.ts';
import { buildHospital, deviceOf, isDoctor, type Hospital } from './hospital.ts';
import type { BenchOptions } from './measure.ts';
import { createBenchServer } from './server/bench-server.ts';
import type { Filled } from './server/fill.ts';

/** A filled store in a folder of its own, which no process has open. */
export interface Fixture extends Filled {
  readonly folder: string;
  readonly size: CorpusSize;
  readonly hospital: Hospital;
}

/** All that were begun. */
export const folders: string[] = [];
const made = new Map<string, Promise<Fixture>>();

async function make(options: BenchOptions, size: CorpusSize): Promise<Fixture> {
  const folder = join(options.workFolder, `${options.store}-${size.consults}`);
  folders.push(folder);
  const now = systemClock.now();
  const filler = await createBenchServer();
  const begun = performance.now();
  const filled = await filler.call('fill', { folder, size, now });
  await filler.kill();
  const seconds = (performance.now() - begun) / 1000;
  options.say(
    `filled a store with ${size.consults} consults (${filled.meanEvents.toFixed(1)} events, ${(filled.meanBytes / 1024).toFixed(1)} KB each) in ${seconds.toFixed(0)} s`,
  );
  return { ...filled, folder, size, hospital: buildHospital(now) };
}

type Kind = 'large' | 'small' | 'tablet';
const sizes: Readonly<Record<Kind, CorpusSize>> = {
  large: { consults: 100_000, inScope: 2000, openShare: 0.15 },
  small: { consults: 10_000, inScope: 2000, openShare: 0.15 },
  /** For one tablet that holds nearly all of it; about 100 are open. */
  tablet: { consults: 5500, inScope: 5000, openShare: 0.02 },
};
const quickSizes: Readonly<Record<Kind, CorpusSize>> = {
  large: { consults: 6000, inScope: 400, openShare: 0.15 },
  small: { consults: 3000, inScope: 400, openShare: 0.15 },
  tablet: { consults: 800, inScope: 600, openShare: 0.15 },
};

/** Made once for the whole bench: measures that write leave their writes behind. */
export function fixtureOf(options: BenchOptions, kind: Kind): Promise<Fixture> {
  const key = `${options.store} ${kind}`;
  let fixture = made.get(key);
  if (fixture === undefined) {
    fixture = make(options, (options.quick ? quickSizes : sizes)[kind]);
    made.set(key, fixture);
  }
  return fixture;
}

export const noteText =
  'Seen again with the registrar. Pain free, heart rate 88, blood pressure 124/76, saturation 95 % on two litres. Echo tomorrow at nine.';

/** A note as it stands in a stored document. */
export function storedNote({ hospital }: Fixture): StampedEvent {
  const by = hospital.people.find(isDoctor)!;
  const at = systemClock.now();
  return {
    v: 1,
    id: crypto.randomUUID() as EventId,
    document: crypto.randomUUID(),
    type: 'note-added',
    author: by.id,
    device: deviceOf(by),
    lamport: 10,
    base: 9,
    occurredAt: at,
    body: { kind: 'progress', text: noteText },
    n: 10,
    receivedAt: at,
    via: 'session',
    seal: `v1.${'x'.repeat(43)}`,
  };
}
