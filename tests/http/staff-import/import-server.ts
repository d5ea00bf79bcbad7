import type { z } from 'zod';
import { createContacts } from '#server/alerts/contacts.ts';
import { createDirectoryRecords } from '#server/directory/directory-records.ts';
import { createDirectoryWriter } from '#server/directory/directory-writer.ts';
import { createOneAtATime } from '#server/directory/one-at-a-time.ts';
import { createStaffDesk } from '#server/directory/staff-desk.ts';
import { createStaffRecords } from '#server/directory/staff-records.ts';
import type { ServerParts } from '#server/ops/server-module.ts';
import {
  openStaffImport,
  type ImportDeps,
  type StaffImport,
} from '#server/staff-import/staff-import-module.ts';
import {
  importReportSchema,
  previewSchema,
  type ImportReport,
  type Preview,
} from '#shared/staff-import/protocol.ts';
import { administration, chiefEmail, startSmallHospital } from '#tests/http/people.ts';
import type { TestServer, TestServerOptions, TestSession } from '#tests/server.ts';

export const titles = 'Name,E-mail,Designation,Department,Role';
export const administrationDepartmentId = administration;

/** The import by itself, for a server without the rest of administration. */
function importDepsOf(parts: ServerParts): ImportDeps {
  const { accounts, directory, store } = parts;
  const contacts = createContacts(store.database('accounts'));
  const database = store.database('directory');
  const records = createStaffRecords({ records: createDirectoryRecords(database), accounts, contacts });
  const writer = createDirectoryWriter({ database, directory });
  return {
    desk: createStaffDesk({ directory, writer, accounts, contacts, records }),
    records,
    inTurn: createOneAtATime({ meta: store.database('meta'), clock: parts.clock, logger: parts.logger }),
    openWorkOf: () => 0,
    send: null,
  };
}

/** A small hospital whose chief imports staff. */
export interface ImportServer {
  readonly server: TestServer;
  readonly chief: TestSession;
  readonly staffImport: StaffImport;
  preview(text: string | Uint8Array, session?: TestSession): Promise<Response>;
  previewed(text: string | Uint8Array): Promise<Preview>;
  /** Confirms and waits until all is done. */
  confirmed(preview: Preview): Promise<ImportReport>;
  undone(id: string): Promise<ImportReport>;
  report(id: string): Promise<ImportReport>;
  read<S extends z.ZodType>(schema: S, response: Response): Promise<z.infer<S>>;
}

export async function startImportServer(
  options: TestServerOptions = {},
  deps: Partial<ImportDeps> = {},
): Promise<ImportServer> {
  const opened: StaffImport[] = [];
  const server = await startSmallHospital({
    ...options,
    modules: [
      (parts) => {
        const module = openStaffImport(parts, { ...importDepsOf(parts), ...deps });
        opened.push(module);
        return module;
      },
    ],
  });
  const [staffImport] = opened;
  if (staffImport === undefined) throw new Error('the import was not opened');
  const chief = await server.signIn(chiefEmail);
  const read = async <S extends z.ZodType>(schema: S, response: Response): Promise<z.infer<S>> => {
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return schema.parse(await response.json());
  };
  const preview = (text: string | Uint8Array, session = chief): Promise<Response> =>
    session.request('/api/staff-import/preview', {
      method: 'POST',
      body: typeof text === 'string' ? text : new Blob([new Uint8Array(text)]),
      headers: { 'content-type': 'text/csv' },
    });
  const report = async (id: string) => read(importReportSchema, await chief.get(`/api/staff-import/${id}`));
  return {
    server,
    chief,
    staffImport,
    preview,
    read,
    report,
    previewed: async (text) => read(previewSchema, await preview(text)),
    async confirmed({ id, digest }) {
      await read(importReportSchema, await chief.post(`/api/staff-import/${id}/confirm`, { digest }));
      await staffImport.runner.idle();
      return report(id ?? '');
    },
    async undone(id) {
      await read(importReportSchema, await chief.post(`/api/staff-import/${id}/undo`));
      await staffImport.runner.idle();
      return report(id);
    },
  };
}
