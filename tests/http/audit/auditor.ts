import { openAuditModule, type AuditModule } from '#server/audit/audit-module.ts';
import type { Scheduler } from '#server/sync/scheduler.ts';
import type { Person } from '#shared/directory/staff.ts';
import { auditPageSchema, type AuditPage } from '#shared/audit/protocol.ts';
import { personIdSchema } from '#shared/lib/id.ts';
import { administration, chief, doctor, smallHospital, startSmallHospital } from '#tests/http/people.ts';
import { createTestScheduler } from '#tests/http/sync/gateway.ts';
import { createMemoryStore } from '#tests/simulation/memory-store.ts';
import { testKeys } from '#tests/server.ts';
import type { TestServer, TestServerOptions, TestSession } from '#tests/server.ts';

export const auditor: Person = {
  ...doctor,
  id: personIdSchema.parse('a0000000-0000-4000-8000-000000000009'),
  name: 'Asa Auditor',
  memberships: [
    {
      department: administration,
      role: 'auditor',
      primary: true,
      from: chief.memberships[0]!.from,
      until: null,
    },
  ],
};
export const auditorEmail = 'auditor@hospital.test';

export interface AuditedHospital {
  readonly server: TestServer;
  readonly module: AuditModule;
  readonly scheduler: Scheduler & { run(ms: number): void };
  /** The first page of a look, when everything pending was moved. */
  look(session: TestSession, query?: Record<string, string>): Promise<AuditPage>;
}

/** A small hospital with an auditor, whose audit runs. */
export async function startAuditedHospital(options: TestServerOptions = {}): Promise<AuditedHospital> {
  const scheduler = createTestScheduler();
  const opened: AuditModule[] = [];
  const server = await startSmallHospital({
    store: createMemoryStore(),
    keys: testKeys(),
    directory: [...smallHospital, auditor],
    ...options,
    modules: [
      async (parts) => {
        const module = await openAuditModule(parts, { scheduler });
        opened.push(module);
        return module;
      },
    ],
  });
  if (options.directory === undefined) await server.addAccount(auditor.id, auditorEmail);
  const [module] = opened;
  if (module === undefined) throw new Error('the audit was not opened');
  return {
    server,
    module,
    scheduler,
    async look(session, query = {}) {
      await module.mover.caughtUp();
      const response = await session.get(`/api/audit?${new URLSearchParams(query).toString()}`);
      if (response.status !== 200) throw new Error(`refused: ${response.status}`);
      return auditPageSchema.parse(await response.json());
    },
  };
}
