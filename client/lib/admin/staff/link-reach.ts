/**
 * Whether an address leads nowhere but to the machine it is opened on: `localhost`, or an address of the loopback. Links are made with the
 * server's PUBLIC_ORIGIN, which is such a one until somebody sets it; on paper, in another hand, they are worth nothing.
 */
export function opensHereOnly(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
