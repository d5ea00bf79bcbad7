import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import { isIP } from 'node:net';
import type { AppEnv } from './context.ts';

export const unknownAddress = 'unknown';

/** IPv4 inside IPv6 is one address, however it came. */
const plain = (address: string): string =>
  address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;

/**
 * Where a request comes from. Behind proxies the address is what the outermost trusted one wrote; anything further left in
 * X-Forwarded-For is the sender's own claim.
 */
export function addressOf(c: Context<AppEnv>, trustedProxyHops: number): string {
  // Without a port, as tests call the app, there is no environment at all.
  const bindings = c.env as AppEnv['Bindings'] | undefined;
  const peer = bindings?.incoming === undefined ? undefined : getConnInfo(c).remote.address;
  const hops = (c.req.header('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim());
  const forwarded = trustedProxyHops === 0 ? undefined : hops.at(-trustedProxyHops);
  const address = plain(forwarded ?? peer ?? '');
  return isIP(address) === 0 ? plain(peer ?? unknownAddress) : address;
}
