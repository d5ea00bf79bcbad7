import type { DeviceId, PersonId } from '#shared/lib/id.ts';
import type { HeldKeys, KeyChange, KeyHandOver, Opened, UnlockedKeys } from '$lib/keys/keyrings.ts';
import type { CountKeeper } from '$lib/lock/keep-counts.ts';
import type { Tablet } from '$lib/tablet/tablet.ts';
import type { PeopleHere, PersonHere } from './people-here.ts';

export interface OpenableTablet extends Tablet {
  wake(): void;
}

export interface WorkspaceParts {
  readonly people: PeopleHere;
  readonly handOver: KeyHandOver;
  readonly device: () => DeviceId;
  /** Rejects when this person's records cannot be opened on this tablet. `slot` null: signed in nowhere here. */
  readonly openTablet: (who: {
    readonly person: PersonId;
    readonly device: DeviceId;
    readonly slot: number | null;
    readonly keys: UnlockedKeys;
  }) => Promise<OpenableTablet>;
  /** What a locked tablet may say of them is kept while they are open. */
  readonly keepCounts?: (tablet: Tablet) => CountKeeper;
  /** Runs `lock` when nobody has touched the tablet for the hospital's time; the answer ends it. */
  readonly watchIdle?: (tablet: Tablet, lock: () => void) => () => void;
}

/** One person's open records, and what belongs to having them open. */
export interface Workspace {
  readonly here: PersonHere;
  readonly tablet: OpenableTablet;
  readonly keys: UnlockedKeys;
  /** null: the page came to the keys from another one; what opens the records has to be given again to change it. */
  readonly change: KeyChange | null;
  readonly held: HeldKeys;
  /** What is true now is what the lock screen will say. */
  readonly keepCounts: () => void;
  readonly stop: () => void;
}

/** Opens one person's records with their keys. Rejects as `openTablet` does. */
export async function openWorkspace(
  parts: WorkspaceParts,
  here: PersonHere,
  { keys, change }: { readonly keys: Opened['keys']; readonly change: KeyChange | null },
  on: { readonly idle: () => void; readonly lockedElsewhere: () => void },
): Promise<Workspace> {
  const { people } = parts;
  const { person } = here;
  const tablet = await parts.openTablet({ person, device: parts.device(), slot: here.slot, keys });
  const keeper = parts.keepCounts?.(tablet) ?? null;
  const stops = [
    tablet.directory.subscribe(({ people: staff }) => {
      const name = staff.get(person)?.name;
      if (name !== undefined && name !== people.find(person)?.name) people.named(person, name);
    }),
    parts.watchIdle?.(tablet, on.idle),
    () => keeper?.stop(),
  ];
  people.opened(person);
  return {
    here,
    tablet,
    keys,
    change,
    held: parts.handOver.hold(keys, on.lockedElsewhere),
    keepCounts: () => keeper?.keepNow(),
    stop: () => stops.forEach((stop) => stop?.()),
  };
}
