import type { AuthoredConsultType, ConsultBody } from '#shared/consult/events.ts';
import { judgeEvent, type Judgement } from '#shared/consult/judge.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { isStamped, type Via } from '#shared/event/envelope.ts';
import type { ConsultId, DeviceId, EventId, PersonId } from '#shared/lib/id.ts';
import type { Clock } from '#shared/lib/instant.ts';
import type { PushOutcome } from '#shared/sync/protocol.ts';
import type { Announcer } from './accepted.ts';
import type { AssignmentBook } from './assignment-book.ts';
import type { DocumentWriter } from './document-writer.ts';
import { addSystemEvents } from './system-events.ts';

/** What the server writes down for a person who did not send it as an event: an acknowledgement from a notification. */
export interface OwnAct<T extends AuthoredConsultType> {
  /** Made once by the caller: sending the same act again gives the same answer. */
  readonly id: EventId;
  readonly consult: ConsultId;
  readonly type: T;
  readonly body: ConsultBody<T>;
  readonly person: PersonId;
  readonly device: DeviceId;
  readonly via: Via;
  /** Highest `n` the person could know; absent: everything. Permission is judged as of it. */
  readonly base?: number;
}

export interface AcceptOwn {
  /** `refused` is kept nowhere: the words are the caller's. `waiting`: the consult is not here. */
  <T extends AuthoredConsultType>(act: OwnAct<T>): Promise<PushOutcome>;
}

export function createAcceptOwn(deps: {
  writer: DocumentWriter;
  clock: Clock;
  directory: () => Directory;
  book: AssignmentBook;
  announcer: Announcer;
}): AcceptOwn {
  const { writer, clock, directory, book, announcer } = deps;
  return ({ id, consult, type, body, person: author, device, via, base }) => {
    const receivedAt = clock.now();
    return writer.submit<PushOutcome>({
      documentId: consult,
      rejected: () => ({ id, outcome: 'refused', code: 'malformed', kept: 'tablet' }),
      run(document) {
        const held = document.find(id);
        if (held !== undefined && isStamped(held)) {
          const { n, receivedAt: at } = held;
          return { done: () => ({ id, outcome: 'duplicate', n, receivedAt: at }) };
        }
        if (document.events.length === 0) return { done: () => ({ id, outcome: 'waiting' }) };
        const event = {
          v: 1 as const,
          id,
          document: consult,
          type,
          author,
          device,
          lamport: document.nextLamport,
          base: Math.min(base ?? document.lastN, document.lastN),
          occurredAt: receivedAt,
          body,
        };
        const person = directory().people.get(author);
        const judgement: Judgement =
          person?.active === true
            ? judgeEvent({
                event,
                documentEvents: document.events,
                person,
                directory: directory(),
                writtenAt: receivedAt,
              })
            : { verdict: 'refuse', code: 'not-allowed' };
        if (judgement.verdict === 'refuse') {
          const { code } = judgement;
          return { done: () => ({ id, outcome: 'refused', code, kept: 'tablet' }) };
        }
        const first = document.events.length;
        const stamped = document.add({ event, via, receivedAt });
        const age = { minutes: 0, startsAt: receivedAt, limited: false };
        addSystemEvents(document, { event: stamped, age }, directory(), book);
        const announce = announcer.prepare('consult', document, first, { person: author, device });
        return {
          done() {
            announce();
            return { id, outcome: 'accepted', n: stamped.n, receivedAt };
          },
        };
      },
    });
  };
}
