import { z } from 'zod';
import { urgencySchema } from '#shared/consult/vocabulary.ts';
import { departmentIdSchema, patientIdSchema, personIdSchema, uuidSchema } from '#shared/lib/id.ts';
import { precautionSchema, sexSchema } from '#shared/patient/content.ts';

/** What is typed about a patient who is not on this tablet; text until it is sent. */
export const newPatientFieldsSchema = z.object({
  id: patientIdSchema,
  eventId: uuidSchema,
  name: z.string(),
  mrn: z.string(),
  age: z.string(),
  ageUnit: z.enum(['years', 'months', 'days']),
  sex: sexSchema.nullable(),
  ward: z.string(),
  bed: z.string(),
  diagnosis: z.string(),
  allergies: z.enum(['not-asked', 'none-known', 'known']),
  /** One substance a line; a reaction may follow in brackets. */
  allergyList: z.string(),
  precautions: z.array(precautionSchema),
});
export type NewPatientFields = z.infer<typeof newPatientFieldsSchema>;

export const vitalsFieldsSchema = z.object({
  respirationsPerMinute: z.string(),
  oxygenSaturationPercent: z.string(),
  oxygenScale: z.enum(['1', '2']),
  onOxygen: z.enum(['yes', 'no']).nullable(),
  systolicMmHg: z.string(),
  diastolicMmHg: z.string(),
  pulsePerMinute: z.string(),
  consciousness: z.enum(['alert', 'confusion', 'voice', 'pain', 'unresponsive']).nullable(),
  temperatureCelsius: z.string(),
});
export type VitalsFields = z.infer<typeof vitalsFieldsSchema>;

/** One department asked; its ids are made when it is chosen, so that sending twice is one request. */
export const askedSchema = z.object({
  department: departmentIdSchema,
  consult: uuidSchema,
  eventId: uuidSchema,
  preferredDoctor: personIdSchema.nullable(),
  /** By question id, as typed. */
  intake: z.record(z.string(), z.string()),
});
export type Asked = z.infer<typeof askedSchema>;

/** Everything a half-written request holds, as a draft keeps it. */
export const composeFieldsSchema = z.object({
  patient: patientIdSchema.nullable(),
  newPatient: newPatientFieldsSchema.nullable(),
  asked: z.array(askedSchema),
  urgency: urgencySchema.nullable(),
  question: z.string(),
  reason: z.string(),
  history: z.string(),
  medication: z.string(),
  vitals: vitalsFieldsSchema,
  results: z.string(),
  callBack: z.string(),
  /** A person wrote or cleared it; the tablet no longer fills it in by itself. */
  callBackTyped: z.boolean().default(false),
});
export type ComposeFields = z.infer<typeof composeFieldsSchema>;

export const emptyVitals: VitalsFields = {
  respirationsPerMinute: '',
  oxygenSaturationPercent: '',
  oxygenScale: '1',
  onOxygen: null,
  systolicMmHg: '',
  diastolicMmHg: '',
  pulsePerMinute: '',
  consciousness: null,
  temperatureCelsius: '',
};

/** `callBack`: the number the person is most likely to be reached at; '' while it is not known. */
export const emptyFields = (callBack: string): ComposeFields => ({
  patient: null,
  newPatient: null,
  asked: [],
  urgency: null,
  question: '',
  reason: '',
  history: '',
  medication: '',
  vitals: { ...emptyVitals },
  results: '',
  callBack,
  callBackTyped: false,
});

/** Somebody has written something worth keeping. */
export function isStarted(fields: ComposeFields): boolean {
  const { patient, newPatient, asked, urgency, question, reason, history, medication, results, vitals } =
    fields;
  return (
    patient !== null ||
    newPatient !== null ||
    asked.length > 0 ||
    urgency !== null ||
    [question, reason, history, medication, results].some((text) => text.trim() !== '') ||
    Object.entries(vitals).some(([name, value]) => name !== 'oxygenScale' && value !== '' && value !== null)
  );
}

/** It is about this patient, or about nobody yet. */
export const isAbout = ({ patient, newPatient }: ComposeFields, who: string): boolean =>
  newPatient === null && (patient === null || patient === who);
