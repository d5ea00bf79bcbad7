import { createCollector, firstSeries, framesOf } from '$lib/parcels/frames.ts';
import { takeOn } from '$lib/parcels/take-on.ts';
import { hospitalMarkOf } from '#shared/parcel/parcel.ts';
import type { Chance } from '../random.ts';
import type { Happening } from './happenings.ts';
import type { WardTablet } from './ward-tablet.ts';

/** The codes a tablet shows now; []: nothing waits there. */
export async function codesOf(tablet: WardTablet): Promise<readonly string[]> {
  const store = tablet.page()?.parcels;
  if (store === undefined) return [];
  const ready = (await store.parcels()).filter(({ state }) => state === 'ready' || state === 'alone');
  const parcels = ready.flatMap(({ parcel }) => parcel ?? []);
  return parcels.length === 0 ? [] : framesOf(firstSeries(parcels), tablet.deviceNow());
}

/** Another tablet looks at them: in any order, some missed at first, some seen twice, some of another hospital among them. */
export async function look(
  tablet: WardTablet,
  codes: readonly string[],
  { chance, happened }: { chance: Chance; happened: (what: Happening) => void },
): Promise<{ readonly taken: readonly string[]; readonly problem: string | null }> {
  const store = tablet.page()?.parcels;
  if (store === undefined || codes.length === 0) return { taken: [], problem: null };
  const key = await store.serverKey();
  const collector = createCollector(key === null ? null : hospitalMarkOf(key.id));
  const missed = new Set(codes.filter(() => chance.yes(0.2)));
  if (missed.size > 0) happened('frame-lost');
  const inOrder = [...codes].sort(() => (chance.yes(0.5) ? 1 : -1));
  const first = inOrder.filter((code) => !missed.has(code));
  const seen = [...first, ...first.slice(0, chance.int(0, 2)), ...inOrder];
  for (const code of seen) {
    if (key !== null && chance.yes(0.1)) {
      happened('code-of-others');
      const strange = await collector.add(code.replace(/^HCP1\/[0-9a-f]{16}/, 'HCP1/0123456789abcdef'));
      if (strange.type !== 'other-hospital')
        return { taken: [], problem: `a code of another hospital was taken as ${strange.type}` };
    }
    const collected = await collector.add(code);
    if (collected.type === 'damaged') return { taken: [], problem: 'whole codes did not fit together' };
    if (collected.type !== 'whole') continue;
    const clock = { now: () => tablet.deviceNow() };
    const { taken, known } = await takeOn({ store, clock, offsetMs: null }, collected.bundle);
    const ids = collected.bundle.parcels.map(({ id }) => id);
    const problem =
      taken + known === ids.length ? null : 'of some codes nobody knows whether they were taken';
    return { taken: taken > 0 ? ids : [], problem };
  }
  return { taken: [], problem: 'all codes were shown and did not become whole' };
}
