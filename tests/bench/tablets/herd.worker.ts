import { connect, type Socket } from 'node:net';
import type { Person } from '#shared/directory/staff.ts';
import { slotHeader } from '#shared/sync/protocol.ts';
import { serveCalls } from '../calls.ts';
import type { Known } from '../corpus.ts';
import { noteText } from '../fixture.ts';
import { isDoctor } from '../hospital.ts';
import { act, expectAccepted, post, pushBody } from '../tablet-requests.ts';

/** Many tablets in one process, each a bare socket that reads its stream, and the doctors who write. */

interface Tablet {
  readonly person: Person;
  readonly socket: Socket;
  tail: string;
}
interface Note {
  readonly sentAt: number;
  /** Tablets that have not got it yet. */
  readonly waiting: Set<Tablet>;
  lastAt: number;
  readonly done: () => void;
}

let port = 0;
let people: readonly Person[] = [];
let cookies: readonly string[] = [];
let known: Known[] = [];
let teams: Person[][] = [];
const tablets: Tablet[] = [];
const notes = new Map<string, Note>();
let latencies: number[] = [];
let everyone: { left: Set<Tablet>; done: () => void } | null = null;

function heard(tablet: Tablet, text: string): void {
  const at = performance.now();
  for (const [event, note] of notes) {
    if (!note.waiting.has(tablet) || !text.includes(event)) continue;
    note.waiting.delete(tablet);
    note.lastAt = at;
    latencies.push(at - note.sentAt);
    if (note.waiting.size === 0) note.done();
  }
  if (everyone?.left.has(tablet) === true && text.includes('"collection":"directory"')) {
    everyone.left.delete(tablet);
    if (everyone.left.size === 0) everyone.done();
  }
}

function open(person: Person, cookie: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    const tablet: Tablet = { person, socket, tail: '' };
    let isOpen = false;
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('data', (chunk: string) => {
      tablet.tail += chunk;
      const end = tablet.tail.lastIndexOf('\n\n');
      if (end === -1) return;
      const whole = tablet.tail.slice(0, end);
      tablet.tail = tablet.tail.slice(end);
      if (!isOpen && whole.includes('"type":"hello"')) {
        isOpen = true;
        resolve();
      }
      heard(tablet, whole);
    });
    socket.write(
      `GET /api/sync/stream HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${cookie}\r\n${slotHeader}: 0\r\nAccept: text/event-stream\r\n\r\n`,
    );
    tablets.push(tablet);
  });
}

const isMember = (person: Person, department: string): boolean =>
  person.memberships.some((one) => one.department === department);

/** Members of both departments, heads above them, and who holds everything. Written out here: the bench must not learn scope from the product. */
function inScope(one: Known, departments: readonly string[]): Tablet[] {
  const [requesting, receiving] = [departments[one.requesting]!, departments[one.receiving]!];
  return tablets.filter(
    ({ person }) =>
      isMember(person, requesting) ||
      isMember(person, receiving) ||
      isAbove(person, one) ||
      person.grants.length > 0,
  );
}
const isAbove = (person: Person, one: Known): boolean =>
  teams.some(
    (team, parent) =>
      team[0] === person &&
      [one.requesting, one.receiving].some(
        (below) => Math.floor((below - 4) / 5) === parent && below >= 4 && parent < 4,
      ),
  );

let written = 0;
const methods = {
  prepare(given: { port: number; cookies: string[]; known: Known[]; people: Person[] }) {
    ({ port, cookies, people, known } = given);
    teams = [];
    for (let at = 0; at < people.length; at += 40) teams.push(people.slice(at, at + 40));
  },

  /** Everybody at once would be a storm of its own: a hundred at a time. */
  async connect() {
    for (let from = 0; from < people.length; from += 100) {
      await Promise.all(
        people.slice(from, from + 100).map((person, at) => open(person, cookies[from + at]!)),
      );
    }
  },

  async write({ notes: count, perSecond }: { notes: number; perSecond: number }) {
    latencies = [];
    const answers: number[] = [];
    const lasts: number[] = [];
    const departments = teams.map((team) => team[1]!.memberships[0]!.department);
    const begun = performance.now();
    const under: Promise<void>[] = [];
    const writing: Promise<void>[] = [];
    for (let at = 0; at < count; at++) {
      const waitMs = begun + (at * 1000) / perSecond - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const one = known[written++ % known.length]!;
      const side = at % 2 === 0 ? one.requesting : one.receiving;
      const by = teams[side]!.filter(isDoctor)[4 + (at % 20)]!;
      const event = act(by, one.id, one.events, 'note-added', { kind: 'progress', text: noteText });
      const body = pushBody([event]);
      const sentAt = performance.now();
      const waiting = new Set(inScope(one, departments));
      if (waiting.size > 0) {
        under.push(
          new Promise((resolve) => {
            notes.set(event.id, { sentAt, waiting, lastAt: sentAt, done: resolve });
          }),
        );
      }
      const cookie = cookies[people.indexOf(by)]!;
      writing.push(
        post(`http://localhost:${port}`, cookie, '/api/sync/push', body).then((text) => {
          answers.push(performance.now() - sentAt);
          expectAccepted(text);
        }),
      );
    }
    await Promise.all(writing);
    // What has not come five seconds after the last answer is lost as far as a doctor is concerned.
    await Promise.race([Promise.all(under), new Promise((resolve) => setTimeout(resolve, 5000))]);
    let missing = 0;
    for (const note of notes.values()) {
      missing += note.waiting.size;
      lasts.push(note.lastAt - note.sentAt);
    }
    notes.clear();
    return { latencies, missing, answers, lasts };
  },

  /** Waits until every tablet has heard of a change of the directory, which the caller makes. Milliseconds since 1970. */
  async heardByAll(): Promise<number> {
    await new Promise<void>((resolve) => {
      everyone = { left: new Set(tablets), done: resolve };
    });
    everyone = null;
    return performance.timeOrigin + performance.now();
  },
};
export type HerdMethods = typeof methods;

process.on('disconnect', () => process.exit());
serveCalls(methods);
