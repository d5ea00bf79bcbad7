import type { Database } from '#server/store/port.ts';
import { referenceOf } from '#shared/consult/reference.ts';

export interface ReferenceRequest {
  readonly code: string;
  readonly year: number;
}

/** One reference for each request, in order. */
export type ClaimReferences = (requests: readonly ReferenceRequest[]) => Promise<string[]>;

const claimId = (reference: string): string => `ref:${reference}`;
const scanLimit = 5000;
const maxRounds = 50;

/**
 * Gives out reference numbers. Each is a claim document, so two gateways never give the same one; the counter only guesses the next free
 * number, and gaps are allowed.
 */
export function createReferences(deps: { claims: Database; gateway: string }): ClaimReferences {
  const { claims, gateway } = deps;
  const highest = new Map<string, Promise<{ number: number }>>();

  async function readHighest(code: string, year: number): Promise<{ number: number }> {
    const prefix = referenceOf(code, year, 0).replace(/0+$/, '');
    let from = claimId(prefix);
    let number = 0;
    for (;;) {
      const rows = await claims.scan({ startKey: from, endKey: `${claimId(prefix)}~`, limit: scanLimit });
      for (const { id } of rows) number = Math.max(number, Number(id.slice(claimId(prefix).length)) || 0);
      const last = rows.at(-1);
      if (last === undefined || rows.length < scanLimit) return { number };
      from = `${last.id}!`;
    }
  }

  function counterOf(code: string, year: number): Promise<{ number: number }> {
    const name = `${code}-${String(year)}`;
    let counter = highest.get(name);
    if (counter === undefined) {
      counter = readHighest(code, year);
      highest.set(name, counter);
      counter.catch(() => highest.delete(name));
    }
    return counter;
  }

  /**
   * True only where nobody else wrote: the other gateway may have looked before our claim came and have given the number out, so the
   * winning leaf proves nothing to the one who finds two. A number that both leave is a gap.
   */
  async function isOurs(id: string, mark: string): Promise<boolean> {
    const leaves = await claims.leaves(id);
    const [leading, ...losers] = [...leaves].sort((a, b) => (a.rev < b.rev ? -1 : 1));
    if (losers.length > 0) {
      await claims.removeLeaves(
        id,
        losers.map((leaf) => leaf.rev),
      );
    }
    return losers.length === 0 && leading?.body['holder'] === mark;
  }

  return async (requests) => {
    const given = new Map<number, string>();
    for (let round = 0; given.size < requests.length; round++) {
      if (round === maxRounds) throw new Error('no free reference was found');
      const open: { at: number; reference: string; mark: string }[] = [];
      for (const [at, { code, year }] of requests.entries()) {
        if (given.has(at)) continue;
        const counter = await counterOf(code, year);
        const reference = referenceOf(code, year, ++counter.number);
        open.push({ at, reference, mark: `${gateway}:${reference}` });
      }
      const outcomes = await claims.write(
        open.map(({ reference, mark }) => ({
          id: claimId(reference),
          body: { kind: 'reference', reference, holder: mark },
        })),
      );
      for (const [index, { at, reference, mark }] of open.entries()) {
        const outcome = outcomes[index];
        if (
          outcome?.type === 'written' ||
          (outcome?.type === 'unproven' && (await isOurs(claimId(reference), mark)))
        ) {
          given.set(at, reference);
        }
      }
    }
    return requests.map((_request, at) => given.get(at) ?? '');
  };
}
