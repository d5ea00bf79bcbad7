import { Hono } from 'hono';
import type { AlertChannel } from '#server/alerts/channel.ts';
import { createContacts, createLanguageOf } from '#server/alerts/contacts.ts';
import { createLinkMail } from '#server/alerts/link-mail.ts';
import { createOpenIdLinks } from '#server/auth/openid/openid-links.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import type { ServerParts } from '#server/ops/server-module.ts';
import { openStaffImport } from '#server/staff-import/staff-import-module.ts';
import type { Sync } from '#server/sync/sync.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { addAccessRoutes } from './access-routes.ts';
import { createDepartmentDesk } from './department-desk.ts';
import { departmentRoutes } from './department-routes.ts';
import { addDepartureRoutes } from './departure-routes.ts';
import { createDepartures } from './departures.ts';
import { createDirectoryRecords } from './directory-records.ts';
import { createDirectoryWriter } from './directory-writer.ts';
import { createHandOver } from './hand-over.ts';
import { createOneAtATime } from './one-at-a-time.ts';
import { createOpenWork } from './open-work.ts';
import { createOrganisationDesk } from './organisation-desk.ts';
import { organisationRoutes } from './organisation-routes.ts';
import { permissionRoutes } from './rules-routes.ts';
import { createStaffDesk } from './staff-desk.ts';
import { createStaffRecords } from './staff-records.ts';
import { addStaffRoutes, maxFormBytes } from './staff-routes.ts';

export interface Administration {
  readonly features: readonly Feature[];
  /** Every consult the feed brings, and every live one at the start. */
  takeConsult(consult: Consult): void;
  close(): Promise<void>;
}

/** A department's form told twice, as it was and as it shall be, with its policies and questions. */
const maxDepartmentBytes = 512 * 1024;

/** People, departments and settings over HTTP, fitted together. */
export function openAdministration(deps: {
  readonly parts: ServerParts;
  readonly sync: Pick<Sync, 'acceptOwn' | 'appendSystemEvents' | 'loads' | 'caughtUp'>;
  readonly channels: readonly AlertChannel[];
}): Administration {
  const { parts, sync, channels } = deps;
  const { accounts, audit, links, logger, publicOrigin, sessions, store } = parts;
  const database = store.database('directory');
  const directory = () => parts.directory.current();
  const contacts = createContacts(store.database('accounts'));
  const writer = createDirectoryWriter({ database, directory: parts.directory });
  const records = createDirectoryRecords(database);
  const staffRecords = createStaffRecords({ records, accounts, contacts });
  const oneAtATime = createOneAtATime({ meta: store.database('meta'), clock: parts.clock, logger });
  const work = createOpenWork();
  const staffDesk = createStaffDesk({
    directory: parts.directory,
    writer,
    accounts,
    contacts,
    records: staffRecords,
  });
  const departures = createDepartures({
    desk: staffDesk,
    work,
    handOver: createHandOver({ sync, directory }),
    directory,
    caughtUp: () => sync.caughtUp(),
  });
  const presentOrganisation = () => directory().organisation;
  const languageOf = createLanguageOf(contacts, presentOrganisation);
  const { mail } = parts.outside;
  const linkMail =
    mail === null
      ? null
      : createLinkMail({ config: mail, organisation: presentOrganisation, languageOf, logger });

  const common = { audit, directory, oneAtATime };
  const staffDeps = { ...common, desk: staffDesk, records: staffRecords };
  const staff = new Hono<AppEnv>();
  addStaffRoutes(staff, staffDeps);
  addDepartureRoutes(staff, { ...staffDeps, departures });
  addAccessRoutes(staff, {
    ...staffDeps,
    accounts,
    sessions,
    links,
    openIdLinks: createOpenIdLinks(store.database('accounts')),
    publicOrigin,
    sendLink: linkMail === null ? null : linkMail.send,
  });

  const staffImport = openStaffImport(parts, {
    desk: staffDesk,
    records: staffRecords,
    inTurn: oneAtATime,
    openWorkOf: (person) => work.of(person).length,
    send: linkMail === null ? null : linkMail.send,
  });

  const departments = departmentRoutes({
    ...common,
    desk: createDepartmentDesk({
      directory: parts.directory,
      writer,
      async openConsultsOf(department) {
        await sync.caughtUp();
        return work.in(department);
      },
    }),
    records,
  });
  const organisation = organisationRoutes({
    ...common,
    desk: createOrganisationDesk({ directory: parts.directory, writer }),
    records,
    channels,
    languageOf,
  });

  return {
    features: [
      ...staffImport.features,
      { path: '/api/staff', access: 'session', routes: staff, maxBodyBytes: maxFormBytes },
      { path: '/api/departments', access: 'session', routes: departments, maxBodyBytes: maxDepartmentBytes },
      { path: '/api/organisation', access: 'session', routes: organisation },
      { path: '/api/permissions', access: 'session', routes: permissionRoutes(directory) },
    ],
    takeConsult: (consult) => work.take(consult),
    async close() {
      await staffImport.close();
      linkMail?.close();
    },
  };
}
