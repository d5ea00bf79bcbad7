import { z } from 'zod';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';
import { hospitalMarkOf, parcelSchema, type Parcel } from '#shared/parcel/parcel.ts';

/** What one series of codes holds: parcels, and what the clock of the tablet that shows them said. */
const bundleSchema = z.object({
  v: z.literal(1),
  shownAt: instantSchema,
  parcels: z.array(parcelSchema).min(1).max(50),
});
export type Bundle = z.infer<typeof bundleSchema>;

/** Characters of a bundle in one code: read by a plain camera from a tablet's screen at arm's length. */
const charsOfFrame = 900;
/** One series is shown again and again; longer than this it takes too long to catch every code of it. */
const mostFrames = 60;
const prefix = 'HCP1';
const framePattern = /^HCP1\/([0-9a-f]{16})\/([0-9a-f]{8})\/(\d{1,3})\/(\d{1,3})\/(.+)$/s;

async function markOf(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(digest.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The first of these parcels that go into one series; the others come next. */
export function firstSeries(parcels: readonly Parcel[]): readonly Parcel[] {
  let chars = 0;
  let count = 0;
  for (const parcel of parcels) {
    chars += JSON.stringify(parcel).length + 1;
    if (count > 0 && (chars > charsOfFrame * (mostFrames - 1) || count >= 50)) break;
    count++;
  }
  return parcels.slice(0, count);
}

/** The texts of a series of codes: `HCP1/<hospital>/<series>/<which>/<of how many>/<part>`. All parcels are of one hospital. */
export async function framesOf(parcels: readonly Parcel[], shownAt: Instant): Promise<readonly string[]> {
  const bundle: Bundle = { v: 1, shownAt, parcels: [...parcels] };
  const text = JSON.stringify(bundle);
  const parts = text.match(new RegExp(`.{1,${String(charsOfFrame)}}`, 'gs')) ?? [];
  const hospital = hospitalMarkOf(parcels[0]?.key ?? '');
  const series = await markOf(text);
  return parts.map((part, at) => [prefix, hospital, series, at + 1, parts.length, part].join('/'));
}

export type Collected =
  /** No code of this app. */
  | { readonly type: 'not-ours' }
  /** Of this app, made by a build that does it otherwise. */
  | { readonly type: 'other-build' }
  | { readonly type: 'other-hospital' }
  | { readonly type: 'part'; readonly have: number; readonly of: number }
  /** All parts are here and do not fit together: show the codes anew. */
  | { readonly type: 'damaged' }
  | { readonly type: 'whole'; readonly bundle: Bundle };

export interface Collector {
  add(text: string): Promise<Collected>;
}

function bundleOf(text: string): Bundle | null {
  try {
    return bundleSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    // Not JSON: the caller says damaged.
    return null;
  }
}

/** Puts a series together in whatever order its codes are caught. `hospital` null: not known here; the server will tell. */
export function createCollector(hospital: string | null): Collector {
  let series = '';
  let parts = new Map<number, string>();
  return {
    async add(text) {
      const [, mark = '', of = '', whichText, countText, part = ''] = framePattern.exec(text) ?? [];
      if (whichText === undefined) return { type: /^HCP\d/.test(text) ? 'other-build' : 'not-ours' };
      const [which, count] = [Number(whichText), Number(countText)];
      if (which < 1 || which > count || count > mostFrames + 1) return { type: 'not-ours' };
      if (hospital !== null && mark !== hospital) return { type: 'other-hospital' };
      const id = `${of}/${String(count)}`;
      if (id !== series) {
        series = id;
        parts = new Map();
      }
      parts.set(which, part);
      if (parts.size < count) return { type: 'part', have: parts.size, of: count };
      const whole = Array.from({ length: count }, (_, at) => parts.get(at + 1) ?? '').join('');
      const bundle = (await markOf(whole)) === of ? bundleOf(whole) : null;
      if (bundle === null || bundle.parcels.some(({ key }) => hospitalMarkOf(key) !== mark)) {
        series = '';
        return { type: 'damaged' };
      }
      return { type: 'whole', bundle };
    },
  };
}
