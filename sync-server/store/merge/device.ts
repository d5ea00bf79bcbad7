import { canonicalJson } from '#shared/event/canonical.ts';
import { z } from 'zod';
import { mergeEndedBeatsLive } from './ended.ts';
import type { Body, Merge } from './merge.ts';

const userSchema = z.looseObject({
  person: z.string(),
  firstAt: z.string(),
  lastAt: z.string(),
  unsentAt: z.string().nullable().default(null),
});
type User = z.infer<typeof userSchema>;
const usersSchema = z.array(userSchema).catch([]);

/** The later of two reports of one person's use of the device, with the first sight of both. */
function later(a: User, b: User): User {
  const order = (user: User): string => [user.unsentAt ?? '', user.lastAt, canonicalJson(user)].join(' ');
  const [newer, older] = order(a) >= order(b) ? [a, b] : [b, a];
  return {
    ...newer,
    firstAt: newer.firstAt < older.firstAt ? newer.firstAt : older.firstAt,
    lastAt: newer.lastAt > older.lastAt ? newer.lastAt : older.lastAt,
  };
}

function mostOf(bodies: readonly Body[], field: string, pick: (texts: string[]) => string | undefined): Body {
  const texts = bodies.flatMap((body) => (typeof body[field] === 'string' ? [body[field]] : [])).sort();
  const text = pick(texts);
  return text === undefined ? {} : { [field]: text };
}

/**
 * Devices: revoked beats live, with by whom and why from the leaf that was revoked first. What was seen in any copy was seen: the first
 * registration, the last contact, everybody who used it, the first word that it was wiped.
 */
export const mergeDeviceLeaves: Merge = (leaves) => {
  const bodies = leaves.map(({ body }) => body);
  const first = (texts: string[]): string | undefined => texts[0];
  const users = new Map<string, User>();
  for (const user of bodies.flatMap((body) => usersSchema.parse(body['users'] ?? [])))
    users.set(user.person, later(users.get(user.person) ?? user, user));
  const lastFirst = (a: User, b: User): number =>
    a.lastAt === b.lastAt ? (a.person < b.person ? -1 : 1) : a.lastAt < b.lastAt ? 1 : -1;
  return {
    ...mergeEndedBeatsLive(leaves),
    ...mostOf(bodies, 'registeredAt', first),
    ...mostOf(bodies, 'lastContactAt', (texts) => texts.at(-1)),
    ...mostOf(bodies, 'secretsDestroyedAt', first),
    ...mostOf(bodies, 'wipedAt', first),
    ...(users.size === 0 ? {} : { users: [...users.values()].sort(lastFirst) }),
  };
};
