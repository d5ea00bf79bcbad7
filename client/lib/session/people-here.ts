import { z } from 'zod';
import { deviceIdSchema, personIdSchema, type PersonId } from '#shared/lib/id.ts';
import { instantSchema } from '#shared/lib/instant.ts';
import {
  deviceDescriptionSchema,
  maxSlots,
  slotSchema,
  type DeviceDescription,
  type Session,
} from '#shared/session/protocol.ts';

/** A few small strings that outlive the page and can be read before anything is opened, such as `localStorage`. */
export interface SmallStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const personHereSchema = z.object({
  person: personIdSchema,
  /** As shown on the sign-in screen; '' until the directory has told it. */
  name: z.string(),
  /** null: signed out here; the database stays. */
  slot: slotSchema.nullable(),
  demo: z.boolean(),
  mustChangePassword: z.boolean(),
  /** Server's time of the sign-in that lasts; what came before it is old news. null: an older build did not note it. */
  signedInAt: instantSchema.nullable().default(null),
  /** They were offered a PIN and said no; the settings still have it. */
  pinDeclined: z.boolean().default(false),
});
export type PersonHere = z.infer<typeof personHereSchema>;

const registerSchema = z.object({
  /** Who had their records open last stands last. */
  people: z.array(personHereSchema),
  /** Who had the tablet last; null after signing out. */
  last: personIdSchema.nullable(),
  /** Signed in on another page a moment ago (the hospital's own sign-in); their records are opened by the next start. */
  arrived: personIdSchema.nullable().default(null),
  /** Slots whose sign-out the server has not heard of. */
  owed: z.array(slotSchema).default([]),
});
type Register = z.infer<typeof registerSchema>;

const registerKey = 'hc-people';
const deviceKey = 'hc-device';

/** Who has a database on this tablet: ids, names and slots, nothing else. */
export interface PeopleHere {
  list(): readonly PersonHere[];
  last(): PersonHere | null;
  find(person: PersonId): PersonHere | null;
  /** A slot nobody is signed in with; null: all are taken. */
  freeSlot(): number | null;
  /** Who of those signed in has been away longest: their session gives way when all slots are taken. null: nobody is signed in. */
  longestAway(): PersonHere | null;
  signedIn(session: Session, slot: number): PersonHere;
  /** Their records were opened. */
  opened(person: PersonId): void;
  signedOut(person: PersonId): void;
  /** Signed in on a page that cannot open records. */
  arrives(person: PersonId): void;
  /** Who has arrived; told once. */
  takeArrived(): PersonHere | null;
  declinesPin(person: PersonId): void;
  named(person: PersonId, name: string): void;
  /** Slots left without the server hearing of it: their cookies still stand for a session. */
  owedSignOuts(): readonly number[];
  owesSignOut(slot: number, owed: boolean): void;
}

function parsed<S extends z.ZodType>(schema: S, text: string | null): z.infer<S> | null {
  if (text === null) return null;
  try {
    const result = schema.safeParse(JSON.parse(text));
    return result.success ? result.data : null;
  } catch {
    // Not JSON: as good as not there.
    return null;
  }
}

export function createPeopleHere(store: SmallStore): PeopleHere {
  const read = (): Register =>
    parsed(registerSchema, store.getItem(registerKey)) ?? { people: [], last: null, arrived: null, owed: [] };
  const write = (register: Register): void => store.setItem(registerKey, JSON.stringify(register));
  const find = (person: PersonId): PersonHere | null =>
    read().people.find((each) => each.person === person) ?? null;

  function change(person: PersonId, changed: Partial<PersonHere>): void {
    const register = read();
    write({
      ...register,
      people: register.people.map((each) => (each.person === person ? { ...each, ...changed } : each)),
    });
  }

  return {
    list: () => read().people,
    find,
    last() {
      const { last } = read();
      return last === null ? null : find(last);
    },
    freeSlot() {
      const taken = new Set(read().people.map(({ slot }) => slot));
      for (let slot = 0; slot < maxSlots; slot++) if (!taken.has(slot)) return slot;
      return null;
    },
    signedIn(session, slot) {
      const { person, demo, mustChangePassword } = session;
      const before = find(person);
      const entry: PersonHere = {
        person,
        name: before?.name ?? '',
        slot,
        demo,
        mustChangePassword,
        signedInAt: (before?.slot === null ? null : before?.signedInAt) ?? session.asOf,
        pinDeclined: before?.pinDeclined ?? false,
      };
      const others = read()
        .people.filter((each) => each.person !== person)
        // One cookie to a slot: whoever had it is signed out by it.
        .map((each) => (each.slot === slot ? { ...each, slot: null } : each));
      const owed = read().owed.filter((each) => each !== slot);
      write({ ...read(), people: [...others, entry], last: person, owed });
      return entry;
    },
    longestAway: () => read().people.find(({ slot }) => slot !== null) ?? null,
    opened(person) {
      const register = read();
      const entry = find(person);
      if (entry === null) return;
      const others = register.people.filter((each) => each.person !== person);
      write({ ...register, people: [...others, entry], last: person });
    },
    arrives: (person) => write({ ...read(), arrived: person }),
    takeArrived() {
      const register = read();
      if (register.arrived === null) return null;
      write({ ...register, arrived: null });
      return find(register.arrived);
    },
    declinesPin: (person) => change(person, { pinDeclined: true }),
    signedOut(person) {
      change(person, { slot: null });
      const register = read();
      if (register.last === person) write({ ...register, last: null });
    },
    named: (person, name) => change(person, { name }),
    owedSignOuts: () => read().owed,
    owesSignOut(slot, owed) {
      const register = read();
      const others = register.owed.filter((each) => each !== slot);
      write({ ...register, owed: owed ? [...others, slot] : others });
    },
  };
}

/** What this device is, and whether a person has said so. */
export interface ThisDevice {
  /** As it is told to the server at the next sign-in. */
  current(): DeviceDescription;
  /** Somebody has chosen what it is; until then it counts as shared: no acknowledging from notifications. */
  isDescribed(): boolean;
  describe(kind: DeviceDescription['kind'], name: string): void;
}

const describedSchema = deviceDescriptionSchema.extend({ described: z.boolean().default(false) });

/** This device's own description; its id is made once, with `newId`, and kept. */
export function thisDevice(store: SmallStore, newId: () => string): ThisDevice {
  const write = (device: z.infer<typeof describedSchema>): void =>
    store.setItem(deviceKey, JSON.stringify(device));
  function read(): z.infer<typeof describedSchema> {
    const known = parsed(describedSchema, store.getItem(deviceKey));
    if (known !== null) return known;
    const id = deviceIdSchema.parse(newId());
    const device = { id, kind: 'ward', name: `Tablet ${id.slice(0, 4)}`, described: false } as const;
    write(device);
    return device;
  }
  return {
    current() {
      const { described: _described, ...device } = read();
      return device;
    },
    isDescribed: () => read().described,
    describe: (kind, name) => write(describedSchema.parse({ ...read(), kind, name, described: true })),
  };
}
