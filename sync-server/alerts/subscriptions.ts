import { z } from 'zod';
import { pushSubscriptionSchema, type PushSubscriptionJson } from '#shared/alert/protocol.ts';
import { deviceIdSchema, personIdSchema, type DeviceId, type PersonId } from '#shared/lib/id.ts';
import { instantSchema, type Instant } from '#shared/lib/instant.ts';
import { audited, type AuditedBy } from '#server/audit/pending.ts';
import { accountId } from '#server/auth/accounts.ts';
import { endingOf, sessionId } from '#server/auth/sessions.ts';
import type { Database } from '#server/store/port.ts';

const subscriptionDocumentSchema = z.object({
  kind: z.literal('subscription'),
  person: personIdSchema,
  device: deviceIdSchema,
  deviceKind: z.enum(['personal', 'ward']),
  subscription: pushSubscriptionSchema,
  postedAt: instantSchema,
});
type SubscriptionDocument = z.infer<typeof subscriptionDocumentSchema>;
export interface DeviceSubscription extends SubscriptionDocument {
  /** False after a new password or "sign out everywhere": the device may be in other hands. */
  readonly isSignedIn: boolean;
}

/** Push subscriptions, one per person and device; the last one posted counts. Kept in `accounts`: no tablet ever reads them. */
export interface Subscriptions {
  put(entry: {
    person: PersonId;
    device: DeviceId;
    deviceKind: 'personal' | 'ward';
    subscription: PushSubscriptionJson;
    at: Instant;
    by?: AuditedBy;
  }): Promise<void>;
  /** Forgets the device's subscription; with `endpoint` only while that is still the one held. */
  remove(
    person: PersonId,
    device: DeviceId,
    how?: { readonly endpoint?: string; readonly by?: AuditedBy },
  ): Promise<void>;
  /** Devices the person is signed in on. */
  of(person: PersonId): Promise<readonly DeviceSubscription[]>;
  /**
   * Devices that are called: also those on which a new password ended the session, because a doctor who changed it at a desk must still be
   * woken by the phone; not those the person signed out from. A call holds nothing private, and these cannot answer it.
   */
  reachable(person: PersonId): Promise<readonly DeviceSubscription[]>;
}

const prefix = (person: PersonId): string => `subscription:${person}:`;

export function createSubscriptions(accounts: Database): Subscriptions {
  async function reachable(person: PersonId): Promise<DeviceSubscription[]> {
    const rows = await accounts.scan({
      startKey: prefix(person),
      endKey: `${prefix(person)}\uffff`,
      limit: 50,
      includeDocs: true,
    });
    const held = rows.flatMap(({ doc }) => {
      const parsed = subscriptionDocumentSchema.safeParse(doc?.body);
      return parsed.success ? [parsed.data] : [];
    });
    if (held.length === 0) return [];
    const [account, ...sessions] = await accounts.getMany([
      accountId(person),
      ...held.map(({ device }) => sessionId(person, device)),
    ]);
    return held.flatMap((one, at) => {
      const ending = endingOf(sessions[at] ?? null, account ?? null);
      return ending === 'signed-out' ? [] : [{ ...one, isSignedIn: ending === null }];
    });
  }

  return {
    async put({ person, device, deviceKind, subscription, at, by }) {
      const id = prefix(person) + device;
      const body: SubscriptionDocument = {
        kind: 'subscription',
        person,
        device,
        deviceKind,
        subscription,
        postedAt: at,
      };
      for (;;) {
        const held = await accounts.get(id);
        const [outcome] = await accounts.write([
          { id, rev: held?.rev, body: audited(body, by, held?.body ?? null) },
        ]);
        if (outcome?.type === 'rejected') throw new Error(`subscription not stored: ${outcome.reason}`);
        if (outcome?.type !== 'conflict') break;
      }
    },
    async remove(person, device, { endpoint, by } = {}) {
      const id = prefix(person) + device;
      const held = await accounts.get(id);
      const parsed = subscriptionDocumentSchema.safeParse(held?.body);
      if (held === null || (endpoint !== undefined && parsed.data?.subscription.endpoint !== endpoint))
        return;
      // A conflict means that the device posted anew meanwhile: then the new one stays.
      await accounts.write([{ id, rev: held.rev, body: audited({}, by, held.body), deleted: true }]);
    },
    of: async (person) => (await reachable(person)).filter(({ isSignedIn }) => isSignedIn),
    reachable,
  };
}
