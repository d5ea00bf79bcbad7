import { z } from 'zod';
import type { SmallStore } from '$lib/session/people-here.ts';

const placeSchema = z.object({
  /** Which database of this person is in use; a damaged one is left where it is and the next number taken. */
  generation: z.int().min(0).default(0),
  /** Damaged ones that are kept because not everything in them is known to be elsewhere. */
  aside: z.array(z.int().min(0)).default([]),
  /** The one in use opened, but could not be read: it is looked into at the next start. */
  suspect: z.boolean().default(false),
  /** The data key under which the one in use is sealed; null: by a build that sealed nothing, or there is none yet. */
  keyId: z.string().nullable().default(null),
});
export type Place = z.infer<typeof placeSchema>;

const keyOf = (person: string): string => `hc-database:${person}`;
const first: Place = { generation: 0, aside: [], suspect: false, keyId: null };

/** Which database of a person is in use on this tablet. Kept outside all of them, so that it can be read when one is broken. */
export interface DatabasesHere {
  of(person: string): Place;
  /** The present one is damaged, or not sealed as it should be; the next, sealed under this key, is in use from now on. */
  moveOn(person: string, to: number, keyId: string): void;
  /** There is none yet: it will be sealed under this key. */
  beginSealed(person: string, keyId: string): void;
  suspect(person: string, suspect: boolean): void;
  /** A damaged one holds nothing that is not elsewhere. */
  letGo(person: string, generation: number): void;
}

export const isPlaceKey = (key: string | null, person: string): boolean => key === keyOf(person);

export function createDatabasesHere(store: SmallStore): DatabasesHere {
  function of(person: string): Place {
    const text = store.getItem(keyOf(person));
    if (text === null) return first;
    try {
      const parsed = placeSchema.safeParse(JSON.parse(text));
      return parsed.success ? parsed.data : first;
    } catch {
      // Not JSON: as good as not there.
      return first;
    }
  }
  const write = (person: string, place: Place): void => store.setItem(keyOf(person), JSON.stringify(place));
  return {
    of,
    moveOn(person, to, keyId) {
      const { generation, aside } = of(person);
      write(person, { generation: to, aside: [...new Set([...aside, generation])], suspect: false, keyId });
    },
    beginSealed: (person, keyId) => write(person, { ...of(person), keyId }),
    suspect: (person, suspect) => write(person, { ...of(person), suspect }),
    letGo(person, generation) {
      const place = of(person);
      write(person, { ...place, aside: place.aside.filter((each) => each !== generation) });
    },
  };
}
