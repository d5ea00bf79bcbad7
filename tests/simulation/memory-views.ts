import type { StoredDocument, ViewKey, ViewQuery, ViewRow } from '#server/store/port.ts';

type Body = Readonly<Record<string, unknown>>;
const textAt = (body: Body, kind: string, field: string): string[] => {
  const value = body[field];
  return body['kind'] === kind && typeof value === 'string' ? [value] : [];
};

/** The views of the folder couchdb/, said again in TypeScript; the contract suite holds both to the same rows. */
const keysOf: Readonly<Record<string, (body: Body) => readonly ViewKey[]>> = {
  'accounts/by-email': (body) => textAt(body, 'account', 'email'),
  'alerts/by-consult': (body) => textAt(body, 'alert', 'consult'),
  'audit/by-time': (body) => textAt(body, 'audit-entry', 'at'),
  'quarantine/by-department': (body) =>
    body['kind'] === 'quarantined-event' && Array.isArray(body['departments'])
      ? body['departments'].map((department): ViewKey => [department as string, body['heldAt'] as string])
      : [],
};

const rankOf = (key: ViewKey): number => {
  if (key === null) return 0;
  if (typeof key === 'boolean') return 1;
  if (typeof key === 'number') return 2;
  if (typeof key === 'string') return 3;
  return Array.isArray(key) ? 4 : 5;
};

function compareKeys(a: ViewKey, b: ViewKey): number {
  if (rankOf(a) !== rankOf(b)) return rankOf(a) - rankOf(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    for (const [at, part] of a.entries()) {
      const other = b[at] as ViewKey | undefined;
      if (other === undefined) return 1;
      const compared = compareKeys(part as ViewKey, other);
      if (compared !== 0) return compared;
    }
    return a.length - b.length;
  }
  if (typeof a === 'object' || typeof b === 'object') return 0;
  return a === b ? 0 : a < b ? -1 : 1;
}

export function rowsOf(name: string, documents: readonly StoredDocument[], query: ViewQuery): ViewRow[] {
  const keys = keysOf[name];
  if (keys === undefined) throw new Error(`there is no view ${name}`);
  const all = documents
    .flatMap((doc) => keys(doc.body).map((key) => ({ key, doc })))
    .sort((a, b) => compareKeys(a.key, b.key) || (a.doc.id < b.doc.id ? -1 : 1));
  const [low, high] =
    query.descending === true ? [query.endKey, query.startKey] : [query.startKey, query.endKey];
  const inRange = ({ key }: { key: ViewKey }): boolean =>
    (low === undefined || compareKeys(key, low) >= 0) && (high === undefined || compareKeys(key, high) <= 0);
  const found =
    query.keys === undefined
      ? all.filter(inRange)
      : query.keys.flatMap((key) => all.filter((row) => compareKeys(row.key, key) === 0));
  if (query.descending === true) found.reverse();
  const skip = query.skip ?? 0;
  return found.slice(skip, skip + (query.limit ?? found.length)).map(({ key, doc }) => ({
    id: doc.id,
    key,
    value: null,
    ...(query.includeDocs === true ? { doc } : {}),
  }));
}
