import type { Database } from '#server/store/port.ts';
import type { AuditFault, AuditVerdict } from '#shared/audit/protocol.ts';
import { headOf } from './chain-heads.ts';
import { hasRightHash, type AuditKey } from './entry-hash.ts';
import { auditEntryId, auditLinkSchema, movedEntryId, type ChainHead } from './entry.ts';

/*
 * Faults: `changed`: the entry says something else than when it was stored · `removed`: entries are not there any more · `out-of-place`: it stands
 *   where another one was · `order`: it does not follow the one before · `cut-short`: the chain was longer once · `head-changed`, `head-removed`: so
 *   is what says how long it was · `added`: nobody here wrote it.
 */
const pageLimit = 500;
const mostFaultsTold = 100;
const mostHeadsTold = 20;

interface Gap {
  readonly process: string;
  readonly from: number;
  readonly to: number;
}

class Verification {
  readonly #database: Database;
  readonly #key: AuditKey;
  readonly faults: AuditFault[] = [];
  faultCount = 0;
  chains = new Map<string, ChainHead>();
  entries = 0;
  moved = 0;
  unchained = 0;
  #unchainedSeen = 0;
  inTransit = 0;
  torn = 0;
  readonly #gaps: Gap[] = [];
  /** What heads, anchors and later chains say a chain once was. */
  readonly #claimed = new Map<string, ChainHead>();
  readonly #movedHashes = new Map<string, string>();
  readonly #headDocuments = new Set<string>();

  constructor(database: Database, key: AuditKey) {
    this.#database = database;
    this.#key = key;
  }

  fault(type: AuditFault['type'], where: string, count = 1): void {
    this.faultCount += count;
    if (this.faults.length < mostFaultsTold) this.faults.push({ type, where, count });
  }

  claim(head: ChainHead): void {
    if (head.count > 0) this.#claimed.set(`${head.process} ${String(head.count)}`, head);
  }

  #takeLink(where: string, body: Readonly<Record<string, unknown>>): void {
    const link = auditLinkSchema.safeParse(body);
    if (!link.success) {
      this.fault('changed', where);
      return;
    }
    for (const head of link.data.heads ?? []) this.claim(head);
    for (const { id, hash } of link.data.moved ?? []) this.#movedHashes.set(id, hash);
    this.#unchainedSeen = Math.max(this.#unchainedSeen, link.data.unchained ?? 0);
  }

  #takeEntry(id: string, body: Readonly<Record<string, unknown>>): void {
    if (body['hash'] === undefined && body['prev'] === undefined) {
      this.unchained++;
      return;
    }
    const [, process = '', place = ''] = id.split(':');
    const index = Number(place);
    const end = this.chains.get(process) ?? { process, count: 0, hash: '' };
    if (index > end.count) this.#gaps.push({ process, from: end.count, to: index - 1 });
    const isHere = body['process'] === process && body['index'] === index;
    if (!hasRightHash(this.#key, body)) this.fault('changed', id);
    else if (!isHere || id !== auditEntryId(process, index)) this.fault('out-of-place', id);
    else if (index === end.count && body['prev'] !== end.hash) this.fault('order', id);
    else if (body['kind'] === 'audit-link') this.#takeLink(id, body);
    this.entries++;
    this.chains.set(process, { process, count: index + 1, hash: String(body['hash']) });
  }

  #takeMoved(id: string, body: Readonly<Record<string, unknown>>): void {
    const entry = String(body['id']);
    this.moved++;
    if (!hasRightHash(this.#key, body)) this.fault('changed', id);
    else if (id !== movedEntryId(entry)) this.fault('out-of-place', id);
    else if (!this.#movedHashes.has(entry)) this.inTransit++;
    else if (this.#movedHashes.get(entry) !== body['hash']) this.fault('changed', id);
    this.#movedHashes.delete(id.slice(movedEntryId('').length));
  }

  take(id: string, body: Readonly<Record<string, unknown>>): void {
    if (id.startsWith('entry:')) this.#takeEntry(id, body);
    else if (id.startsWith(movedEntryId(''))) this.#takeMoved(id, body);
    else if (id.startsWith('head:')) {
      const head = headOf(this.#key, body);
      if (head === null || id !== `head:${head.process}`) this.fault('head-changed', id);
      else {
        this.#headDocuments.add(head.process);
        this.claim(head);
      }
    } else this.fault('added', id);
  }

  /** Everything that can only be said when all was read. */
  async finish(): Promise<void> {
    for (const id of this.#movedHashes.keys()) this.fault('removed', movedEntryId(id));
    for (const process of this.chains.keys())
      if (!this.#headDocuments.has(process)) this.fault('head-removed', `head:${process}`);
    await this.#compareClaims();
    const longest = new Map<string, number>();
    for (const { process, count } of this.#claimed.values())
      longest.set(process, Math.max(longest.get(process) ?? 0, count));
    for (const { process, from, to } of this.#gaps) {
      if (from >= (longest.get(process) ?? 0)) this.torn += to - from + 1;
      else this.fault('removed', auditEntryId(process, from), to - from + 1);
    }
    const difference = this.unchained - this.#unchainedSeen;
    if (difference !== 0)
      this.fault(difference > 0 ? 'added' : 'removed', 'entries without a hash', Math.abs(difference));
  }

  async #compareClaims(): Promise<void> {
    const claims = [...this.#claimed.values()];
    for (let at = 0; at < claims.length; at += pageLimit) {
      const some = claims.slice(at, at + pageLimit);
      const ids = some.map(({ process, count }) => auditEntryId(process, count - 1));
      const documents = await this.#database.getMany(ids);
      for (const [place, claim] of some.entries()) {
        const hash = documents[place]?.body['hash'];
        const where = ids[place] ?? '';
        const isInGap = this.#gaps.some(
          ({ process, from, to }) => process === claim.process && from < claim.count && claim.count - 1 <= to,
        );
        if (hash === undefined && !isInGap) {
          const held = this.chains.get(claim.process)?.count ?? 0;
          this.fault('cut-short', where, Math.max(1, claim.count - held));
        } else if (hash !== undefined && hash !== claim.hash) this.fault('changed', where);
      }
    }
  }
}

/**
 * Reads the whole audit and says whether anything in it was changed, removed, reordered or added by another hand than a server with this
 * key. `known`: what running processes know of their own chains. May run while entries come in.
 */
export async function verifyAudit(
  database: Database,
  key: AuditKey,
  known: readonly ChainHead[] = [],
): Promise<AuditVerdict> {
  const verification = new Verification(database, key);
  for (const head of known) verification.claim(head);
  for (let startKey = ''; ;) {
    const rows = await database.scan({ startKey, limit: pageLimit, includeDocs: true });
    for (const { id, doc } of rows) verification.take(id, doc?.body ?? {});
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageLimit) break;
    startKey = `${last.id}\u0000`;
  }
  await verification.finish();
  const { chains, entries, faultCount, faults, inTransit, moved, torn, unchained } = verification;
  return {
    isWhole: faultCount === 0,
    faults,
    faultCount,
    chains: chains.size,
    entries,
    moved,
    inTransit,
    unchained,
    torn,
    heads: [...chains.values()].sort((a, b) => b.count - a.count).slice(0, mostHeadsTold),
  };
}
