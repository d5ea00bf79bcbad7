import { z } from 'zod';

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** UUID version 4, lower case: one spelling, so that equal ids are equal text. */
export const uuidSchema = z.string().regex(uuidPattern, 'not a UUID version 4 in lower case');

export const consultIdSchema = uuidSchema.brand<'ConsultId'>();
export type ConsultId = z.infer<typeof consultIdSchema>;
export const patientIdSchema = uuidSchema.brand<'PatientId'>();
export type PatientId = z.infer<typeof patientIdSchema>;
export const personIdSchema = uuidSchema.brand<'PersonId'>();
export type PersonId = z.infer<typeof personIdSchema>;
export const departmentIdSchema = uuidSchema.brand<'DepartmentId'>();
export type DepartmentId = z.infer<typeof departmentIdSchema>;
export const deviceIdSchema = uuidSchema.brand<'DeviceId'>();
export type DeviceId = z.infer<typeof deviceIdSchema>;
export const fileIdSchema = uuidSchema.brand<'FileId'>();
export type FileId = z.infer<typeof fileIdSchema>;

/** An event document of either kind: a consult or a patient. */
export const documentIdSchema = uuidSchema;
export type DocumentId = string;

/** A person's event has a UUID; a system event's id is its cause's id (or a claim's) plus `:type` parts. */
export const eventIdSchema = z
  .string()
  .max(240)
  .regex(/^[0-9a-f]{8}-[0-9a-f-]{27}(:[a-z0-9-]{1,64}){0,6}$/, 'not an event id')
  .brand<'EventId'>();
export type EventId = z.infer<typeof eventIdSchema>;
/** What a tablet may send: system ids are made by the server alone. */
export const authoredEventIdSchema = uuidSchema.brand<'EventId'>();
