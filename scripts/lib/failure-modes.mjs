/**
 * @typedef {object} FailureMode
 * @property {string} group
 * @property {string} id
 * @property {string} failure
 * @property {string} control
 * @property {string} [decision] Its file below docs/.
 */

const gateway = 'Replication behind a filtering gateway';
const device = 'Device and people';
const storage = 'Local storage';
const sync = 'Sync protocol';
const alerts = 'Alerts and escalation';
const releases = 'Releases';

/**
 * @param {string} group
 * @param {string} id
 * @param {string} failure
 * @param {string} control
 * @param {string} [decision]
 * @returns {FailureMode}
 */
const row = (group, id, failure, control, decision) => ({
  group,
  id,
  failure,
  control,
  ...(decision === undefined ? {} : { decision }),
});

/**
 * The failure modes this product was made against, each with what stands against it in a few words. `decision`: a record that says why there
 * is no test. What a test shows stands in its title (`FM-12`, `E5`, `F4`), and nowhere else.
 */
export const failureModes = [
  row(gateway, 'E1', 'One refused document blocks the outbox', 'An outcome per event; those behind it go on'),
  row(
    gateway,
    'E2',
    'A 401 kills the live pull',
    'Every non-2xx is a named failure; pull, push and stream try again',
  ),
  row(gateway, 'E3', 'An offline edit vanishes in a conflict', 'Events, never edits'),
  row(gateway, 'E4', 'An event left out of an answer counts as sent', 'No receipt, not sent'),
  row(
    gateway,
    'E5',
    'A short page ends the first pull',
    'The server says `caughtUp`; the tablet reads until then',
  ),
  row(gateway, 'E6', 'Pages that the server fills', 'Full pages, whatever lies between'),
  row(
    gateway,
    'E7',
    'What is written between pull and stream is lost',
    'The stream is a poke unless it begins where the tablet stands',
  ),
  row(gateway, 'E8', 'Leaving scope', 'A tombstone without content; it comes back with the scope'),
  row(gateway, 'E9', 'An edit while scope is lost blocks the outbox', 'Acts are documents of their own'),
  row(gateway, 'E10', 'A tombstone takes a note with it', 'Read model and outbox are two collections'),
  row(gateway, 'E11', 'Notes survive the loss of scope', 'Append-only events; receipts by id'),
  row(gateway, 'E12', 'A pull erases what was refused', 'The app never writes the read model'),
  row(
    gateway,
    'E13',
    'A checkpoint passes over dirty documents',
    'There are none: nothing is written into what is pulled',
  ),
  row(gateway, 'E14', 'A refused event is pushed without end', 'Refused is set aside with its text'),
  row(gateway, 'E15', 'A failing push stops the pull', 'Each runs for itself'),
  row(
    gateway,
    'E16',
    'A page that failed to be written is passed over',
    'A checkpoint of our own, moved after reading back',
  ),
  row(gateway, 'F1', 'Fix: anything but 2xx throws', 'Named failures at one place'),
  row(gateway, 'F2', 'Fix: quarantine with a reason', 'Shown to the author and to both heads'),
  row(
    gateway,
    'F3',
    'Fix: the stream begins where the pull ended',
    'Everything is pulled after each connect',
  ),
  row(gateway, 'F4', 'Fix: live messages as pokes', 'Taken as they are only at the tablet’s own place'),
  row(
    gateway,
    'F5',
    'Fix: pull-only and push-only collections',
    'Nothing but the replication writes the read model',
  ),
  row(gateway, 'F6', 'Fix: proven checkpoint', 'After a failed write the replication begins anew at it'),

  row(
    device,
    'FM-1',
    'Wrong tablet clock',
    'Order is acceptance; ages are differences on one clock, bounded by what the server knows',
  ),
  row(device, 'FM-2', 'Shared tablet', 'A database per person; one open at a time'),
  row(device, 'FM-3', 'Log-out with unsent data', 'Signing out locks and deletes nothing'),
  row(device, 'FM-4', 'Token expires while offline', 'An ended session ends exchanging, never working'),
  row(
    device,
    'FM-5',
    'Moved department',
    'Scope epoch: told on every tablet at once, old notes still go out',
  ),
  row(
    device,
    'FM-6',
    'Revoked or lost device',
    'Hands in to the quarantine, deletes everything, tells; nothing else is answered',
  ),
  row(
    device,
    'FM-7',
    'Device reset or new',
    'The server keeps the last count it was told and says what it still expects',
  ),
  row(
    device,
    'FM-8',
    'Two tabs or windows',
    'One leads; the other takes over when it is gone, and sends by itself when it is frozen',
  ),
  row(
    device,
    'FM-9',
    'A frozen page comes back',
    'On showing, resuming or the network: ask the server at once',
  ),

  row(
    storage,
    'FM-10',
    'Eviction by the browser',
    'A mark in a second store; what is gone is said, with how much waited',
  ),
  row(
    storage,
    'FM-11',
    'Quota reached',
    'Caches go first, then the words of consults that ended long ago; it is said; room kept for writing is given up last',
  ),
  row(
    storage,
    'FM-12',
    'The IndexedDB connection dies',
    'Saved is said after the transaction; a damaged database is set aside and read round the engine',
  ),
  row(
    storage,
    'FM-13',
    'Private mode or storage off',
    'Said in words at the start; nothing is pretended to be kept',
  ),
  row(
    storage,
    'FM-14',
    'Schema migration with an unsent queue',
    'The outbox lies in an envelope whose schema never changes',
  ),
  row(
    storage,
    'FM-15',
    'Old client meets new server',
    'Events of older builds are taken for ever; unknown fields are carried',
  ),
  row(
    storage,
    'FM-16',
    'The local database deleted by our own code',
    'Each deletion has a reason, a count and a ceiling',
  ),

  row(sync, 'FM-17', 'A poison document blocks the outbox', 'An outcome per event'),
  row(sync, 'FM-18', 'Silent drop', 'A receipt per event id; what has none is asked about'),
  row(
    sync,
    'FM-19',
    'A checkpoint leaps over unread changes',
    'Own pull handler, and a state check that finds any gap',
  ),
  row(sync, 'FM-20', 'The stream dies', 'A beat; silence for a minute opens another'),
  row(
    sync,
    'FM-21',
    '`navigator.onLine` lies, captive portal',
    'Online is an answer with our server’s header',
  ),
  row(sync, 'FM-22', 'False “all synced”', 'Derived from receipts alone'),
  row(sync, 'FM-23', 'Request too large', 'Batches bounded in bytes, halved on 413'),
  row(sync, 'FM-24', 'Interrupted first sync', 'Open consults first; goes on from its place, at any gateway'),
  row(sync, 'FM-25', 'Duplicate submit', 'Ids made when the form opens; same bytes are a duplicate'),
  row(sync, 'FM-26', 'Parent arrives after child', 'It waits, bounded by the offline lease'),
  row(sync, 'FM-27', 'Edit conflict', 'Events; where fields are edited both are shown'),
  row(sync, 'FM-28', 'Read status causing conflicts', 'Facts that only grow, in documents of their own'),
  row(sync, 'FM-29', 'Deleted versus edited', 'No deletes: an act that came too late is kept and marked'),
  row(
    sync,
    'FM-30',
    'Thundering herd',
    'Back-off with jitter, limits per session with Retry-After; load is measured in the benchmarks',
  ),
  row(sync, 'FM-31', 'Server restored from a backup', 'A store epoch; tablets give back sealed events'),
  row(sync, 'FM-32', 'Replication id changes with the build', 'Fixed identifiers'),
  row(sync, 'FM-33', 'Existence leaks through metadata endpoints', 'Not yours and not there are told alike'),
  row(
    sync,
    'FM-34',
    'Scope escape by edit',
    'Judged by the record and the directory; actor and time are the server’s',
  ),

  row(
    alerts,
    'FM-35',
    'A push is accepted by the service and never shown',
    'No receipt in time: again, the next channel, the next person',
  ),
  row(
    alerts,
    'FM-36',
    'A subscription is dead',
    'Forgotten at once, the next channel at once, renewed at each start',
  ),
  row(
    alerts,
    'FM-37',
    'Permission withdrawn, do not disturb, not installed',
    'Readiness page; the department hears early in the turn whom nothing reaches',
  ),
  row(alerts, 'FM-38', 'The worker has no network when the push comes', 'The receipt is kept and sent later'),
  row(alerts, 'FM-39', 'Patient data on a locked screen', 'Urgency, department and reason alone'),
  row(
    alerts,
    'FM-40',
    'Two engines alert twice',
    'Claims with derived ids, read back before sending; one tag',
  ),
  row(alerts, 'FM-41', 'Crash between claimed and sent', 'Sent again under the same tag'),
  row(
    alerts,
    'FM-42',
    'The engine is dead, stuck or was never there',
    'An auditor, a heartbeat, a bar on every tablet',
  ),
  row(
    alerts,
    'FM-43',
    'A timer is lost on restart',
    'Due times are stored; after an outage the present level alone',
  ),
  row(
    alerts,
    'FM-44',
    'Policy or rota edited mid-case',
    'The policy is fixed at the start, people are found when a step fires',
  ),
  row(
    alerts,
    'FM-45',
    'Nobody on call, or only people who have left',
    'Head, head above, duty administrator: never nobody',
  ),
  row(alerts, 'FM-46', 'Acknowledged and forgotten', 'The promise is the next clock'),
  row(alerts, 'FM-46a', 'A machine acknowledges for a person', 'Only a person’s act stops a clock'),
  row(
    alerts,
    'FM-47',
    'Acknowledged offline while escalation goes on',
    'Further steps stop, people are stood down',
  ),
  row(alerts, 'FM-48', 'An alert after it is solved', 'Asked again at the write and before each sending'),
  row(
    alerts,
    'FM-49',
    'Alert storm and fatigue',
    'Routine bundled, nothing urgent dropped, calls per person measured',
  ),
  row(alerts, 'FM-50', 'Summer time in rotas', 'Local times become instants when they are written'),
  row(alerts, 'FM-51', 'The server’s clock is wrong', 'Watched against the monotonic one and the store’s'),
  row(
    releases,
    'FM-52',
    'Stale service worker',
    'Offered at a safe moment; a worker that stands down can be served',
  ),
  row(releases, 'FM-53', 'Half-cached new version', 'All or nothing: the present version goes on'),
  row(releases, 'FM-54', 'Two workers on one origin', 'One worker for files and alerts'),
  row(releases, 'FM-55', 'Updates train people to click away', 'A quiet offer, and only while nobody writes'),
  row(releases, 'FM-56', 'An index build blocks after an upgrade', 'Built beside the old one'),
];
