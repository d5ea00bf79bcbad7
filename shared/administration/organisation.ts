import { z } from 'zod';
import { organisationSchema } from '#shared/directory/organisation.ts';
import { outsideChannelSchema } from '#shared/alert/preferences.ts';
import { editSchemaOf, lastChangeSchema, lostEditOf } from './edit.ts';

/** `demo` is the installation's own and not a setting. */
export const organisationFieldsSchema = z.strictObject(
  organisationSchema.omit({ kind: true, id: true, demo: true }).shape,
);
export type OrganisationFields = z.infer<typeof organisationFieldsSchema>;

export const organisationRecordSchema = z.object({
  fields: organisationFieldsSchema,
  lastChange: lastChangeSchema.nullable(),
  lostEdits: z.array(lostEditOf(organisationFieldsSchema)),
  /** Ways out of the app this installation is configured for, each with a test. */
  channels: z.array(outsideChannelSchema),
});
export type OrganisationRecord = z.infer<typeof organisationRecordSchema>;

/** `PATCH /api/organisation` → OrganisationRecord. */
export const editOrganisationSchema = editSchemaOf(organisationFieldsSchema);

/** `POST /api/organisation/test-send`: sends the asking person a test message by one channel. */
export const testSendSchema = z.strictObject({ channel: outsideChannelSchema });
/**
 * `sent`: the provider took it · `no-address`: nothing on record to send to · `gone`: the address is dead · `failed`: refused or unreachable ·
 * `not-configured`: this installation has no such channel.
 */
export const testSentSchema = z.object({
  outcome: z.enum(['sent', 'no-address', 'gone', 'failed', 'not-configured']),
});
