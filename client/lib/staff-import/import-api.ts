import {
  importListSchema,
  importReportSchema,
  invitationsSchema,
  maxInvitationsAtOnce,
  previewSchema,
  type ImportList,
  type ImportReport,
  type Invitation,
  type Preview,
} from '#shared/staff-import/protocol.ts';
import type { PersonId } from '#shared/lib/id.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { askAdmin, type AdminFailure } from '$lib/admin/ask-admin.ts';
import type { ApiRequest } from '$lib/alerts/api-request.ts';

export type Answer<T> = Promise<Result<T, AdminFailure>>;

/** The import routes of our server. */
export interface ImportApi {
  preview(file: Blob): Answer<Preview>;
  confirm(preview: { id: string; digest: string }): Answer<ImportReport>;
  report(id: string): Answer<ImportReport>;
  undo(id: string): Answer<ImportReport>;
  list(): Answer<ImportList>;
  /** As many at once as the server takes; `said` after each such group. Stops at the first failure, with what was made until then lost. */
  invite(
    id: string,
    people: readonly PersonId[],
    by: 'mail' | 'screen',
    said: (made: readonly Invitation[]) => void,
  ): Answer<readonly Invitation[]>;
  download(what: 'template' | 'export'): Answer<Blob>;
}

const path = '/api/staff-import';

export function createImportApi(request: ApiRequest): ImportApi {
  return {
    preview: (file) =>
      askAdmin(
        (to, init) => request(to, { ...init, headers: { 'content-type': 'text/csv' }, body: file }),
        `${path}/preview`,
        previewSchema,
        { method: 'POST' },
      ),
    confirm: ({ id, digest }) =>
      askAdmin(request, `${path}/${id}/confirm`, importReportSchema, { body: { digest } }),
    report: (id) => askAdmin(request, `${path}/${id}`, importReportSchema),
    undo: (id) => askAdmin(request, `${path}/${id}/undo`, importReportSchema, { method: 'POST' }),
    list: () => askAdmin(request, path, importListSchema),
    async invite(id, people, by, said) {
      const made: Invitation[] = [];
      for (let at = 0; at < people.length; at += maxInvitationsAtOnce) {
        const some = people.slice(at, at + maxInvitationsAtOnce);
        const answer = await askAdmin(request, `${path}/${id}/invitations`, invitationsSchema, {
          body: { by, people: some },
        });
        if (!answer.ok) return answer;
        made.push(...answer.value.invitations);
        said(made);
      }
      return ok(made);
    },
    async download(what) {
      try {
        const response = await request(`${path}/${what}`);
        return response.ok ? ok(await response.blob()) : err({ type: 'refused', refusals: [] });
      } catch (cause) {
        // As in askAdmin: no network, cut off, or not our server.
        if (cause instanceof TypeError || cause instanceof DOMException) return err({ type: 'no-answer' });
        throw cause;
      }
    },
  };
}
