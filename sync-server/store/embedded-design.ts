import type PouchDB from 'pouchdb-core';
import { designViewsSchema, type DesignTarget } from './design-documents.ts';

export function embeddedDesignTarget(pouch: PouchDB): DesignTarget {
  const idOf = (name: string): string => `_design/${name}`;
  const designs = () => pouch.allDocs({ startkey: '_design/', endkey: '_design0', include_docs: true });
  return {
    async read(name) {
      const row = (await designs()).rows.find(({ id }) => id === idOf(name));
      if (!row?.doc?._rev) return null;
      return { rev: row.doc._rev, views: designViewsSchema.catch({}).parse(row.doc['views']) };
    },
    async put(name, rev, views) {
      const [row] = await pouch.bulkDocs([
        { _id: idOf(name), ...(rev === null ? {} : { _rev: rev }), language: 'javascript', views },
      ]);
      return row?.ok === true;
    },
    async remove(name, rev) {
      await pouch.bulkDocs([{ _id: idOf(name), _rev: rev, _deleted: true }]);
    },
    async names() {
      return (await designs()).rows.map(({ key }) => key.slice('_design/'.length));
    },
    async warm(name, view) {
      await pouch.query(`${name}/${view}`, { limit: 1, reduce: false });
    },
    async cleanUp() {
      await pouch.viewCleanup();
    },
  };
}
