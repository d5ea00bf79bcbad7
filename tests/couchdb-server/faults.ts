/** What may go wrong with one request. Each planned fault strikes once, the earliest that matches first. */
export type Fault =
  /** Refused before anything is done. */
  | { type: 'status'; status: number; error: string }
  /** Every row of a _bulk_docs is answered `conflict`; nothing is stored. */
  | { type: 'conflict' }
  /** Stored, answered 202. `secondLeaf` makes a concurrent leaf of each document with that body, as a cluster may. */
  | { type: 'accepted'; secondLeaf?: Record<string, unknown> }
  /** Answered 202, but not stored: the node that took it is gone. */
  | { type: 'accepted-and-lost' }
  /** Held until `until` resolves, then done. */
  | { type: 'slow'; until: Promise<void> }
  /** Done, but only half of the answer leaves before the connection breaks. */
  | { type: 'cut' }
  /** Done, but the connection breaks without an answer. */
  | { type: 'lost-answer' };

export interface Planned {
  method: string;
  path: RegExp;
  fault: Fault;
  struck: () => void;
}

export interface Faults {
  /** Resolves when the fault has struck. `path` is tested against the path without the query. */
  plan(method: string, path: RegExp, fault: Fault): Promise<void>;
  take(method: string, path: string): Fault | null;
}

export function createFaults(): Faults {
  const planned: Planned[] = [];
  return {
    plan: (method, path, fault) =>
      new Promise((resolve) => {
        planned.push({ method, path, fault, struck: resolve });
      }),
    take(method, path) {
      const index = planned.findIndex((entry) => entry.method === method && entry.path.test(path));
      if (index < 0) return null;
      const [entry] = planned.splice(index, 1);
      entry!.struck();
      return entry!.fault;
    },
  };
}
