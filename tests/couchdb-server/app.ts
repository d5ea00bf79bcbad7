import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { bulkDocsInRounds } from '#server/store/pouch-bulk.ts';
import { seqText, type Databases, type ServedDatabase } from './databases.ts';
import { readChanges } from './changes.ts';
import type { Fault } from './faults.ts';

/** What the server tells the routes about this request. */
export interface Environment {
  Bindings: { fault: Fault | null };
}

const docSchema = z.looseObject({ _id: z.string().min(1), _rev: z.string().optional() });
const bulkDocsSchema = z.object({ docs: z.array(docSchema), new_edits: z.boolean().optional() });
const bulkGetSchema = z.object({ docs: z.array(z.object({ id: z.string(), rev: z.string().optional() })) });
const rangeSchema = z.looseObject({
  keys: z.array(z.unknown()).optional(),
  start_key: z.unknown().optional(),
  end_key: z.unknown().optional(),
  limit: z.number().optional(),
  skip: z.number().optional(),
  descending: z.boolean().optional(),
  include_docs: z.boolean().optional(),
  conflicts: z.boolean().optional(),
  reduce: z.boolean().optional(),
});

/** PouchDB on LevelDB takes an open end to be \u00ff and leaves out ids beyond. */
const highestId = '\u{10ffff}';

const flags = ['include_docs', 'conflicts', 'descending', 'reduce'];
const numbers = ['limit', 'skip'];

/** Parameters of a range read, from the address and from a POST's body alike, in PouchDB's spelling. */
async function rangeOf(c: Context): Promise<Record<string, unknown>> {
  const asked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(c.req.query())) {
    const plain = name.replace('startkey', 'start_key').replace('endkey', 'end_key');
    if (flags.includes(plain)) asked[plain] = value === 'true';
    else if (numbers.includes(plain)) asked[plain] = Number(value);
    else asked[plain] = JSON.parse(value);
  }
  if (c.req.method === 'POST') Object.assign(asked, await c.req.json());
  const { start_key, end_key, ...rest } = rangeSchema.parse(asked);
  const range: Record<string, unknown> = { ...rest };
  if (start_key !== undefined) range['startkey'] = start_key;
  if (end_key !== undefined) range['endkey'] = end_key;
  return range;
}

const statusOf = (error: unknown): { status: number; error: string } => {
  const known = z.looseObject({ status: z.number(), name: z.string() }).safeParse(error);
  if (known.success) return { status: known.data.status, error: known.data.name };
  if (error instanceof z.ZodError || error instanceof SyntaxError)
    return { status: 400, error: 'bad_request' };
  return { status: 500, error: 'internal_server_error' };
};

const answer = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

/** The part of CouchDB 3's API that the adapter and its tests use. Not for production: no access control, memory only. */
export function createCouchApp(databases: Databases): Hono<Environment> {
  const app = new Hono<Environment>({ strict: false });

  app.onError((error) => {
    const { status, error: name } = statusOf(error);
    return answer({ error: name, reason: error.message }, status);
  });
  app.notFound(() => answer({ error: 'not_found', reason: 'missing' }, 404));

  app.get('/', () => answer({ couchdb: 'Welcome', version: '3.5.0', vendor: { name: 'test server' } }));
  app.get('/_up', () => answer({ status: 'ok' }));
  app.get('/_all_dbs', () => answer(databases.names()));

  app.put('/:db', async (c) =>
    (await databases.create(c.req.param('db')))
      ? answer({ ok: true }, 201)
      : answer(
          { error: 'file_exists', reason: 'The database could not be created, the file already exists.' },
          412,
        ),
  );
  app.delete('/:db', async (c) =>
    (await databases.remove(c.req.param('db')))
      ? answer({ ok: true })
      : answer({ error: 'not_found', reason: 'Database does not exist.' }, 404),
  );

  const found = (c: Context): ServedDatabase => {
    const database = databases.get(c.req.param('db') ?? '');
    if (!database)
      throw Object.assign(new Error('Database does not exist.'), { status: 404, name: 'not_found' });
    return database;
  };

  // Hono answers HEAD from the GET route.
  app.get('/:db', async (c) => {
    const info = await found(c).pouch.info();
    return answer({
      db_name: c.req.param('db'),
      doc_count: info.doc_count,
      update_seq: seqText(info.update_seq),
    });
  });
  app.get('/:db/_security', (c) => answer(found(c).security));
  app.put('/:db/_security', async (c) => {
    found(c).security = await c.req.json();
    return answer({ ok: true });
  });
  app.post('/:db/_compact', async (c) => {
    await found(c).pouch.compact();
    return answer({ ok: true }, 202);
  });
  app.post('/:db/_view_cleanup', async (c) => {
    await found(c).pouch.viewCleanup();
    return answer({ ok: true }, 202);
  });

  app.on(['GET', 'POST'], '/:db/_all_docs', async (c) => {
    const { pouch } = found(c);
    const range = await rangeOf(c);
    if (!('keys' in range)) range[range['descending'] === true ? 'startkey' : 'endkey'] ??= highestId;
    return answer(await pouch.allDocs(range));
  });

  app.post('/:db/_bulk_docs', async (c) => {
    const { pouch, news, alone } = found(c);
    const fault = c.env.fault;
    const { docs, new_edits = true } = bulkDocsSchema.parse(await c.req.json());
    if (fault?.type === 'conflict') {
      return answer(
        docs.map((doc) => ({ id: doc._id, error: 'conflict', reason: 'Document update conflict.' })),
        201,
      );
    }
    if (fault?.type === 'accepted-and-lost') {
      return answer(
        docs.map((doc) => ({ ok: true, id: doc._id, rev: '1-00000000000000000000000000000000' })),
        202,
      );
    }
    const rows = await alone(() =>
      new_edits ? bulkDocsInRounds(pouch, docs) : pouch.bulkDocs(docs, { new_edits }),
    );
    if (fault?.type === 'accepted' && fault.secondLeaf) {
      const second = fault.secondLeaf;
      const leaves = docs.map((doc) => ({
        ...second,
        _id: doc._id,
        _rev: '1-ffffffffffffffffffffffffffffffff',
        _revisions: { start: 1, ids: ['ffffffffffffffffffffffffffffffff'] },
      }));
      await pouch.bulkDocs(leaves, { new_edits: false });
    }
    news.publish();
    const body = rows.map((row) =>
      row.ok === true
        ? { ok: true, id: row.id, rev: row.rev }
        : { id: row.id, error: row.name, reason: 'refused' },
    );
    return answer(body, fault?.type === 'accepted' ? 202 : 201);
  });

  app.post('/:db/_bulk_get', async (c) => {
    const request = bulkGetSchema.parse(await c.req.json());
    return answer(await found(c).pouch.bulkGet({ ...request, revs: c.req.query('revs') === 'true' }));
  });

  app.on(['GET', 'POST'], '/:db/_changes', (c) => readChanges(c, found(c)));

  app.on(['GET', 'POST'], '/:db/_design/:design/_view/:view', async (c) => {
    const { pouch } = found(c);
    const range = await rangeOf(c);
    return answer(await pouch.query(`${c.req.param('design')}/${c.req.param('view')}`, range));
  });

  const read = async (c: Context, id: string): Promise<Response> => {
    const { open_revs, rev, ...query } = c.req.query();
    const options = {
      ...(rev === undefined ? {} : { rev }),
      ...(open_revs === undefined
        ? {}
        : { open_revs: open_revs === 'all' ? 'all' : (JSON.parse(open_revs) as unknown) }),
      conflicts: query['conflicts'] === 'true',
      revs: query['revs'] === 'true',
    };
    return answer(await found(c).pouch.get(id, options));
  };
  const write = async (c: Context, id: string): Promise<Response> => {
    const { pouch, news } = found(c);
    const row = await pouch.put(docSchema.parse({ ...(await c.req.json<object>()), _id: id }));
    news.publish();
    return answer({ ok: true, id: row.id, rev: row.rev }, 201);
  };
  const remove = async (c: Context, id: string): Promise<Response> => {
    const { pouch, news } = found(c);
    const row = await pouch.remove(id, c.req.query('rev') ?? '');
    news.publish();
    return answer({ ok: true, id: row.id, rev: row.rev });
  };
  for (const space of ['_design', '_local']) {
    app.get(`/:db/${space}/:id`, (c) => read(c, `${space}/${c.req.param('id')}`));
    app.put(`/:db/${space}/:id`, (c) => write(c, `${space}/${c.req.param('id')}`));
    app.delete(`/:db/${space}/:id`, (c) => remove(c, `${space}/${c.req.param('id')}`));
  }
  app.get('/:db/:id', (c) => read(c, c.req.param('id')));
  app.put('/:db/:id', (c) => write(c, c.req.param('id')));
  app.delete('/:db/:id', (c) => remove(c, c.req.param('id')));

  return app;
}
