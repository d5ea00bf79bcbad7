import { z } from 'zod';
import { allDocsSchema, bulkDocsSchema, designSchema, okSchema, viewSchema } from './couchdb-answers.ts';
import { CouchRefusal, type AskCouch } from './couchdb-request.ts';
import { designViewsSchema, type DesignTarget } from './design-documents.ts';
import { StoreUnavailable } from './port.ts';

/** One step of building an index: CouchDB goes on building when a request is given up, so it is asked again. */
const warmTimeoutMs = 60_000;
const warmAttempts = 30;

export function couchDesignTarget(ask: AskCouch, database: string): DesignTarget {
  const pathOf = (name: string): string => `_design/${encodeURIComponent(name)}`;
  const writeOne = async (doc: object): Promise<boolean> => {
    const { answer } = await ask(bulkDocsSchema, {
      method: 'POST',
      database,
      path: '_bulk_docs',
      body: { docs: [doc] },
    });
    return answer[0]?.rev !== undefined && answer[0].error === undefined;
  };
  return {
    async read(name) {
      try {
        const { answer } = await ask(designSchema, { database, path: pathOf(name) });
        return { rev: answer._rev, views: designViewsSchema.catch({}).parse(answer.views) };
      } catch (error) {
        if (error instanceof CouchRefusal && error.status === 404) return null;
        throw error;
      }
    },
    put: (name, rev, views) =>
      writeOne({
        _id: `_design/${name}`,
        ...(rev === null ? {} : { _rev: rev }),
        language: 'javascript',
        views,
      }),
    async remove(name, rev) {
      await writeOne({ _id: `_design/${name}`, _rev: rev, _deleted: true });
    },
    async names() {
      const body = { start_key: '_design/', end_key: '_design0' };
      const { answer } = await ask(allDocsSchema, { method: 'POST', database, path: '_all_docs', body });
      return answer.rows.map(({ key }) => key.slice('_design/'.length));
    },
    async warm(name, view) {
      for (let attempt = 1; ; attempt++) {
        try {
          const path = `${pathOf(name)}/_view/${encodeURIComponent(view)}`;
          const body = { limit: 1, reduce: false };
          await ask(viewSchema, { method: 'POST', database, path, body, timeoutMs: warmTimeoutMs });
          return;
        } catch (error) {
          if (!(error instanceof StoreUnavailable) || attempt === warmAttempts) throw error;
        }
      }
    },
    async cleanUp() {
      await ask(z.union([okSchema, z.looseObject({})]), {
        method: 'POST',
        database,
        path: '_view_cleanup',
        body: {},
      });
    },
  };
}
