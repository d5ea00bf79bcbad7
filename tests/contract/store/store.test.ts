import { couchHarness, embeddedHarness, realCouchHarness } from './harness.ts';
import { storeContract } from './store-contract.ts';

storeContract('embedded store', embeddedHarness);
storeContract('CouchDB adapter over HTTP', couchHarness);

const url = process.env['COUCHDB_URL'];
if (url !== undefined && url !== '') {
  storeContract('CouchDB at COUCHDB_URL', () => Promise.resolve(realCouchHarness(url)));
}
