import type { Logger } from 'pino';
import type { Announcer } from '#server/alerts/announcer.ts';
import type { Accounts } from '#server/auth/accounts.ts';
import { mayAdminister } from '#shared/administration/rights.ts';
import { announcementIdOf, type PlannedAlert } from '#shared/alert/plan.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { primaryDepartmentOf } from '#shared/directory/membership.ts';
import type { EventId } from '#shared/lib/id.ts';
import { instantToMs, type Clock, type Instant } from '#shared/lib/instant.ts';
import type { AccessRequest } from '#shared/session/openid.ts';
import type { AccessRequests } from './access-requests.ts';

/** A small hospital has two of them; more need not all be told. */
const mostTold = 20;

/**
 * To everybody who may make people, by department; without a name, and under an id made of the request and its time: told once, however many
 * gateways look, and again when whoever was dismissed asks again.
 */
export function accessRequestAlerts(
  request: AccessRequest,
  directory: Directory,
  at: Instant,
): PlannedAlert[] {
  const asked = `${instantToMs(request.askedAt).toString(36)}-${request.id.slice(0, 16)}`;
  return [...directory.people.values()]
    .filter((person) => person.active && mayAdminister({ act: 'staff-edit', person, directory, at }).allowed)
    .slice(0, mostTold)
    .flatMap((person): PlannedAlert[] => {
      const department = primaryDepartmentOf(person, at);
      if (department === null) return [];
      const cause = `${person.id}:access-requested:${asked}` as EventId;
      return [
        {
          id: announcementIdOf(cause, person.id),
          consult: null,
          cause,
          recipient: person.id,
          as: 'administrator',
          about: 'access-requested',
          urgency: 'routine',
          department,
        },
      ];
    });
}

/** Looks for people who asked for access and tells whoever can let them in. From what is stored, so that a crash between the two loses nothing. */
export function createAccessRequestWatch(deps: {
  readonly requests: Pick<AccessRequests, 'list'>;
  readonly accounts: Pick<Accounts, 'byEmail'>;
  readonly directory: () => Directory;
  readonly announcer: Announcer;
  readonly clock: Clock;
  readonly logger: Logger;
}): { tick(): Promise<void> } {
  const { requests, accounts, directory, announcer, clock, logger } = deps;
  /** Announced by this process; after a restart they are announced again, which changes nothing. */
  let announced: ReadonlySet<string> = new Set();
  let running: Promise<void> | null = null;

  async function look(): Promise<void> {
    const waiting = await requests.list();
    const alerts: PlannedAlert[] = [];
    for (const request of waiting) {
      const own = accessRequestAlerts(request, directory(), clock.now());
      // Who has been made a person meanwhile needs nothing more.
      if (own.every(({ id }) => announced.has(id)) || (await accounts.byEmail(request.email)) === null)
        alerts.push(...own);
    }
    await announcer.announce(alerts.filter(({ id }) => !announced.has(id)));
    announced = new Set(alerts.map(({ id }) => id));
  }

  return {
    tick() {
      running ??= look()
        .catch((cause: unknown) => {
          logger.error({ err: cause }, 'requests for access could not be told, will be tried again');
        })
        .finally(() => (running = null));
      return running;
    },
  };
}
