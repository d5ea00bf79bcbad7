import { startCouchServer } from '#tests/couchdb-server/server.ts';
import { serveCalls } from '../calls.ts';

/** The CouchDB of the tests in a process of its own, so that gateways and store do not share a thread. */
const methods = {
  async start(): Promise<string> {
    return (await startCouchServer()).url;
  },
};
export type CouchMethods = typeof methods;

process.on('disconnect', () => process.exit());
serveCalls(methods);
