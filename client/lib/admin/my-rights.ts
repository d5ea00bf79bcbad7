import { mayAdminister, mayAnywhere, type AdministrationAct } from '#shared/administration/rights.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { ApiRequest } from '$lib/alerts/api-request.ts';
import { requestsOf } from '$lib/alerts/my-request.ts';
import type { Workspace } from '$lib/session-ui/workspace.svelte.ts';

/** What the person at this tablet may administer, by the same table the server uses. */
export const mayI = (
  work: Workspace,
  act: AdministrationAct,
  about: { readonly department?: DepartmentId; readonly target?: PersonId } = {},
): boolean =>
  work.me !== null &&
  mayAdminister({ act, person: work.me, directory: work.directory, at: work.now, ...about }).allowed;

/** For some department at least. */
export const mayIAnywhere = (work: Workspace, act: AdministrationAct): boolean =>
  work.me !== null && mayAnywhere(act, { person: work.me, directory: work.directory, at: work.now });

export const myRequests = (work: Workspace): ApiRequest => requestsOf(work.tablet.person);

/** Where a half-filled form of this person is kept in this tab. */
export const keptAt = (work: Workspace, record: string): string => `hc-form:${work.tablet.person}:${record}`;
