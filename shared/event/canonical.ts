import type { HeldEvent } from './envelope.ts';

/**
 * RFC 8785 (JSON Canonicalization Scheme): object keys in UTF-16 order, no white space, ECMAScript numbers.
 * Throws TypeError on what JSON cannot hold (undefined inside arrays, functions, NaN, Infinity). Fields that are undefined are left out.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('JSON has no such number');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const record = value as Record<string, unknown>;
    const members: string[] = [];
    for (const key of Object.keys(record).sort()) {
      const member = record[key];
      if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
    }
    return `{${members.join(',')}}`;
  }
  throw new TypeError(`JSON has no ${typeof value}`);
}

/** The bytes an event is compared, signed and sealed by: everything but the server's stamps. */
export function canonicalEvent(event: HeldEvent): string {
  const { n: _n, receivedAt: _receivedAt, via: _via, seal: _seal, ...written } = event;
  return canonicalJson(written);
}
