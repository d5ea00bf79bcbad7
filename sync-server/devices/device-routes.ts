import { Hono, type Context } from 'hono';
import { dropSessionCookie } from '#server/auth/session-cookie.ts';
import { sessionId, type Sessions } from '#server/auth/sessions.ts';
import type { Audit } from '#server/audit/audit.ts';
import { refuse, refusedFor } from '#server/directory/refuse.ts';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { refusal } from '#shared/administration/refusals.ts';
import { mayAdminister } from '#shared/administration/rights.ts';
import {
  deviceListSchema,
  deviceRecordSchema,
  deviceWipedSchema,
  renameDeviceSchema,
  revokeDeviceSchema,
} from '#shared/device/protocol.ts';
import type { Directory } from '#shared/directory/directory.ts';
import { deviceIdSchema, type DeviceId } from '#shared/lib/id.ts';
import type { Clock } from '#shared/lib/instant.ts';
import { maxSlots } from '#shared/session/protocol.ts';
import { recordOf } from './device-document.ts';
import type { Devices } from './devices.ts';
import { standingFeature } from './standing-routes.ts';

export interface DeviceRoutesDeps {
  readonly devices: Devices;
  readonly sessions: Pick<Sessions, 'end'>;
  readonly audit: Audit;
  readonly directory: () => Directory;
  readonly clock: Clock;
  readonly isSecure: boolean;
}

/** The hospital's devices, for who looks after them; and the word of a revoked one that it is empty. */
export function deviceFeatures(deps: DeviceRoutesDeps): readonly Feature[] {
  const { audit, clock, devices, directory, sessions } = deps;
  const routes = new Hono<AppEnv>();

  /** null: the asking person may. */
  async function refusalFor(
    c: Context<AppEnv>,
    action: string,
    subjects: readonly string[],
  ): Promise<Response | null> {
    const { person: id, at } = c.get('actor');
    const now = directory();
    const person = now.people.get(id);
    const permit = person && mayAdminister({ act: 'devices', person, directory: now, at });
    if (permit?.allowed === true) return null;
    return refuse(c, audit, { action, subjects }, refusedFor(refusal('not-permitted')));
  }
  const deviceOf = (c: Context<AppEnv>): DeviceId | null =>
    deviceIdSchema.safeParse(c.req.param('id')).data ?? null;

  routes.get(
    '/',
    describe({
      summary: 'Every tablet and phone anybody signed in on, the last in contact first',
      tag: 'devices',
      session: true,
      answer: deviceListSchema,
      problems: ['forbidden'],
    }),
    async (c) => {
      const refused = await refusalFor(c, 'device.list', []);
      if (refused !== null) return refused;
      const list = await devices.list();
      await audit.recordRead(c.get('actor'), { action: 'device.list', subjects: [] });
      return c.json({ devices: list.map(recordOf), asOf: clock.now() });
    },
  );

  routes.put(
    '/:id/name',
    describe({
      summary: 'Names a device',
      tag: 'devices',
      session: true,
      body: renameDeviceSchema,
      answer: deviceRecordSchema,
      problems: ['malformed', 'forbidden', 'not-found'],
    }),
    async (c) => {
      const device = deviceOf(c);
      const act = { action: 'device.rename', subjects: device === null ? [] : [device] };
      const refused = await refusalFor(c, act.action, act.subjects);
      if (refused !== null) return refused;
      const body = await parseJsonBody(c, renameDeviceSchema);
      if (!body.ok) return body.error;
      const by = { actor: c.get('actor'), act: { ...act, fields: ['name'] } };
      const done = device === null ? null : await devices.rename(device, body.value.name, by);
      return done === null ? problem(c, 'not-found') : c.json(recordOf(done));
    },
  );

  routes.post(
    '/:id/revocation',
    describe({
      summary:
        'Withdraws a device for ever: at its next contact it hands in what waits there and deletes everything it holds',
      tag: 'devices',
      session: true,
      body: revokeDeviceSchema,
      answer: deviceRecordSchema,
      problems: ['malformed', 'forbidden', 'not-found'],
    }),
    async (c) => {
      const device = deviceOf(c);
      const act = { action: 'device.revoke', subjects: device === null ? [] : [device] };
      const refused = await refusalFor(c, act.action, act.subjects);
      if (refused !== null) return refused;
      const body = await parseJsonBody(c, revokeDeviceSchema);
      if (!body.ok) return body.error;
      const actor = c.get('actor');
      const { reason } = body.value;
      const done =
        device === null
          ? null
          : await devices.revoke(
              device,
              { reason, by: actor.person, at: actor.at },
              { actor, act: { ...act, reason } },
            );
      return done === null ? problem(c, 'not-found') : c.json(recordOf(done));
    },
  );

  const own = new Hono<AppEnv>();
  own.post(
    '/wiped',
    describe({
      summary: 'A revoked device says that nothing is left on it; all its sessions end',
      tag: 'devices',
      session: true,
      body: deviceWipedSchema,
      problems: ['malformed', 'conflict'],
    }),
    async (c) => {
      const body = await parseJsonBody(c, deviceWipedSchema);
      if (!body.ok) return body.error;
      const actor = c.get('actor');
      const { device, at } = actor;
      const by = { actor, act: { action: 'device.wiped', subjects: [device] } };
      const done = await devices.wiped(device, { lost: body.value.lost, at }, by);
      // Nobody told it to.
      if (done === null) return problem(c, 'conflict');
      for (const { person } of done.users) await sessions.end(sessionId(person, device), at);
      for (let slot = 0; slot < maxSlots; slot++) dropSessionCookie(c, { slot, isSecure: deps.isSecure });
      return c.body(null, 204);
    },
  );

  return [
    { path: '/api/devices', access: 'session', routes },
    {
      path: '/api/device',
      access: 'session',
      routes: own,
      evenOnRevokedDevice: ['/api/device/wiped'],
    },
    standingFeature({ devices, clock }),
  ];
}
