import type { Context } from 'hono';
import { stream } from 'hono/streaming';
import type PouchDB from 'pouchdb-core';
import { seqNumber, seqText, type ServedDatabase } from './databases.ts';

interface Asked {
  since: number;
  limit: number;
  descending: boolean;
  includeDocs: boolean;
  conflicts: boolean;
  allLeaves: boolean;
}

interface Row {
  id: string;
  seq: string;
  changes: { rev: string }[];
  deleted?: true;
  doc?: unknown;
}

async function page(pouch: PouchDB, asked: Asked): Promise<{ rows: Row[]; lastSeq: number }> {
  const { results, last_seq } = await pouch.changes({
    since: asked.since,
    limit: asked.limit,
    descending: asked.descending,
    style: asked.allLeaves ? 'all_docs' : 'main_only',
    // The winner stands first among the leaves, and only the document says which that is.
    include_docs: true,
    conflicts: asked.conflicts,
  });
  const rows = results.map(({ id, seq, changes, deleted, doc }): Row => {
    const winner = doc?._rev;
    const row: Row = {
      id,
      seq: seqText(seq),
      changes: [...changes].sort((a, b) => (a.rev === winner ? -1 : b.rev === winner ? 1 : 0)),
    };
    if (deleted === true) row.deleted = true;
    if (asked.includeDocs) row.doc = doc;
    return row;
  });
  return { rows, lastSeq: last_seq };
}

const answer = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

/** normal, longpoll and continuous (with heart-beats), as CouchDB answers them. */
export async function readChanges(c: Context, { pouch, news, alone }: ServedDatabase): Promise<Response> {
  const query = c.req.query();
  const sinceText = query['since'] ?? '0';
  const since = sinceText === 'now' ? (await pouch.info()).update_seq : seqNumber(sinceText);
  if (since === null) {
    return answer({ error: 'bad_request', reason: "Malformed sequence supplied in 'since' parameter." }, 400);
  }
  const asked: Asked = {
    since,
    limit: Number(query['limit'] ?? 1e9),
    descending: query['descending'] === 'true',
    includeDocs: query['include_docs'] === 'true',
    conflicts: query['conflicts'] === 'true',
    allLeaves: query['style'] === 'all_docs',
  };
  const timeoutMs = Number(query['timeout'] ?? 60_000);

  if (query['feed'] === 'continuous') {
    const heartbeatMs = Number(query['heartbeat'] ?? 60_000);
    c.header('content-type', 'application/json');
    return stream(c, async (out) => {
      const gone = new AbortController();
      out.onAbort(() => gone.abort());
      const beat = setInterval(() => void out.write('\n'), heartbeatMs);
      while (!gone.signal.aborted) {
        const heard = news.count();
        const { rows, lastSeq } = await alone(() => page(pouch, asked));
        for (const row of rows) await out.write(`${JSON.stringify(row)}\n`);
        asked.since = lastSeq;
        if (rows.length === 0) await news.after(heard, gone.signal);
      }
      clearInterval(beat);
    });
  }

  const over = AbortSignal.any([AbortSignal.timeout(timeoutMs), c.req.raw.signal]);
  for (;;) {
    const heard = news.count();
    const { rows, lastSeq } = await alone(() => page(pouch, asked));
    if (rows.length > 0 || query['feed'] !== 'longpoll' || over.aborted) {
      return answer({ results: rows, last_seq: seqText(lastSeq), pending: 0 });
    }
    await news.after(heard, over);
  }
}
