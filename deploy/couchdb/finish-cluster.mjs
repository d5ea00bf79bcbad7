// Runs once in the cluster profile, when the three nodes have found each other: makes CouchDB's own databases.
// Asking again is harmless.
import { readFileSync } from 'node:fs';

const address = new URL(readFileSync('/run/secrets/couchdb_url', 'utf8').trim());
const authorization = `Basic ${btoa(`${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`)}`;

/**
 * @param {string} path
 * @param {RequestInit} [init]
 */
async function ask(path, init = {}) {
  const headers = { authorization, 'content-type': 'application/json' };
  const response = await fetch(new URL(path, address.origin), { ...init, headers });
  return { status: response.status, body: await response.json() };
}

const { body: members } = await ask('/_membership');
if (members.cluster_nodes?.length !== 3) {
  process.stderr.write(`The cluster has ${members.cluster_nodes?.length ?? 0} of 3 nodes; trying again.\n`);
  process.exit(1);
}
const finished = await ask('/_cluster_setup', {
  method: 'POST',
  body: JSON.stringify({ action: 'finish_cluster' }),
});
const { body: state } = await ask('/_cluster_setup');
process.stdout.write(`Cluster: ${state.state ?? finished.status}\n`);
if (state.state !== 'cluster_finished') process.exitCode = 1;
