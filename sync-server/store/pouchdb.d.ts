/** The parts of PouchDB 9 and leveldown 6 that the server uses; neither ships types. */
declare module 'pouchdb-core' {
  export interface PouchDocument {
    _id: string;
    _rev?: string;
    _deleted?: boolean;
    _conflicts?: string[];
    _revisions?: { start: number; ids: string[] };
    [field: string]: unknown;
  }

  export interface PouchWriteRow {
    ok?: boolean;
    id: string;
    rev?: string;
    error?: boolean | string;
    name?: string;
    status?: number;
  }

  export interface PouchOptions {
    adapter?: string;
    db?: (location: string) => unknown;
    revs_limit?: number;
    auto_compaction?: boolean;
    /** Of an http database: how requests are sent. */
    fetch?: (url: string, init?: RequestInit) => Promise<Response>;
    /** Of an http database: do not ask whether it is there, and do not make it. */
    skip_setup?: boolean;
  }

  export interface PouchReplicationOptions {
    doc_ids?: readonly string[];
    batch_size?: number;
    batches_limit?: number;
    checkpoint?: false;
  }

  export interface PouchReplicationResult {
    ok: boolean;
    docs_written: number;
    doc_write_failures: number;
    errors: readonly { id?: string; name?: string; reason?: string; status?: number }[];
  }

  /** Resolves when everything was replicated; rejects with the first error that is no refusal of a document. */
  export interface PouchReplication extends Promise<PouchReplicationResult> {
    on(event: 'change', run: (info: PouchReplicationResult) => void): PouchReplication;
    on(event: 'denied', run: (row: { id?: string; reason?: string }) => void): PouchReplication;
    cancel(): void;
  }

  export default class PouchDB {
    static plugin(plugin: unknown): typeof PouchDB;
    /** Stands before the names of databases in the browser. */
    static prefix: string;
    /** There with the plugin pouchdb-replication. */
    static replicate(source: PouchDB, target: PouchDB, options?: PouchReplicationOptions): PouchReplication;
    constructor(name: string, options?: PouchOptions);
    readonly name: string;
    info(): Promise<{ doc_count: number; update_seq: number; db_name: string }>;
    bulkDocs(docs: readonly object[], options?: { new_edits?: boolean }): Promise<PouchWriteRow[]>;
    bulkGet(request: {
      docs: readonly { id: string; rev?: string | undefined }[];
      revs?: boolean;
    }): Promise<{ results: { id: string; docs: ({ ok: PouchDocument } | { error: object })[] }[] }>;
    get(id: string, options?: Record<string, unknown>): Promise<PouchDocument>;
    /** A Blob in a browser, bytes in Node. Rejects with status 404. */
    getAttachment(id: string, name: string): Promise<Blob | Uint8Array>;
    put(doc: object, options?: Record<string, unknown>): Promise<PouchWriteRow>;
    remove(id: string, rev: string): Promise<PouchWriteRow>;
    allDocs(options: Record<string, unknown>): Promise<{
      total_rows: number;
      rows: {
        id?: string;
        key: string;
        value?: { rev: string; deleted?: boolean };
        doc?: PouchDocument | null;
        error?: string;
      }[];
    }>;
    changes(options: Record<string, unknown>): Promise<{
      results: {
        id: string;
        seq: number;
        changes: { rev: string }[];
        deleted?: boolean;
        doc?: PouchDocument;
      }[];
      last_seq: number;
    }>;
    query(
      view: string,
      options?: Record<string, unknown>,
    ): Promise<{
      total_rows?: number;
      offset?: number;
      rows: { id: string; key: unknown; value: unknown; doc?: PouchDocument }[];
    }>;
    viewCleanup(): Promise<unknown>;
    compact(): Promise<unknown>;
    close(): Promise<void>;
    destroy(): Promise<void>;
  }
}

declare module 'pouchdb-adapter-leveldb' {
  const plugin: unknown;
  export default plugin;
}

declare module 'pouchdb-adapter-memory' {
  const plugin: unknown;
  export default plugin;
}

declare module 'pouchdb-adapter-idb' {
  const plugin: unknown;
  export default plugin;
}

declare module 'pouchdb-adapter-http' {
  const plugin: unknown;
  export default plugin;
}

declare module 'pouchdb-replication' {
  const plugin: unknown;
  export default plugin;
}

declare module 'pouchdb-mapreduce' {
  const plugin: unknown;
  export default plugin;
}

declare module 'leveldown' {
  type Done<T extends unknown[] = []> = (error: Error | null | undefined, ...values: T) => void;

  export interface LevelIterator {
    next(callback: (error: Error | null | undefined, key?: string, value?: string) => void): void;
    end(callback: Done): void;
  }

  export interface LevelRange {
    gt?: string;
    gte?: string;
    lt?: string;
    lte?: string;
    reverse?: boolean;
    limit?: number;
    /** Bytes fetched ahead; 16 KB when absent. */
    highWaterMark?: number;
    keyAsBuffer: false;
    valueAsBuffer: false;
  }

  type Low = (...args: unknown[]) => unknown;

  export interface LevelDown {
    readonly status: string;
    open(options: object, callback: Done): void;
    close(callback: Done): void;
    getMany(keys: string[], options: { asBuffer: false }, callback: Done<[(string | undefined)[]]>): void;
    iterator(options: LevelRange): LevelIterator;
    _batch: Low;
    _open: Low;
    _get: Low;
    _getMany: Low;
    _put: Low;
    _del: Low;
  }

  export default function leveldown(location: string): LevelDown;
}
