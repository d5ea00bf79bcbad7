import type { PatientId } from '#shared/lib/id.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { Consult } from '#shared/consult/consult.ts';
import { projectConsult } from '#shared/consult/project.ts';
import type { Instant } from '#shared/lib/instant.ts';
import {
  patientRecordAnswerSchema,
  searchAnswerSchema,
  type OnlineHit,
  type OpenReason,
} from '#shared/patient/online.ts';
import type { Patient } from '#shared/patient/patient.ts';
import { projectPatient } from '#shared/patient/project-patient.ts';
import type { ApiRequest } from '$lib/alerts/api-request.ts';
import { askServer, type AskFailure } from '$lib/alerts/ask-server.ts';

/** A record as the server sent it for a moment's reading; nothing of it is stored. */
export interface OnlineRecord {
  readonly patient: Patient;
  /** Last changed first. */
  readonly consults: readonly Consult[];
  /** Consults of departments the reader has nothing to do with. */
  readonly hidden: number;
  readonly asOf: Instant;
}

export interface OnlineHits {
  readonly hits: readonly OnlineHit[];
  readonly isWhole: boolean;
}

/** Nothing of a patient ever stands in a path: ids are random, and what is typed is sent in the body. */
export const searchEverywhere = (
  request: ApiRequest,
  query: string,
): Promise<Result<OnlineHits, AskFailure>> =>
  askServer(request, '/api/patients/search', searchAnswerSchema, { body: { query } });

async function record(
  request: ApiRequest,
  path: string,
  body: unknown,
): Promise<Result<OnlineRecord, AskFailure>> {
  const answer = await askServer(request, path, patientRecordAnswerSchema, { body });
  if (!answer.ok) return answer;
  const patient = projectPatient(answer.value.patient.events);
  // A record of a newer build: there is nothing here that could show it.
  if (patient === null) return err({ type: 'not-there' });
  const consults = answer.value.consults.flatMap(({ events }) => projectConsult(events) ?? []);
  return ok({ patient, consults, hidden: answer.value.hidden, asOf: answer.value.asOf });
}

/** Refused with 'not-there' where the patient is outside one's reach: then a reason is needed. */
export const historyOf = (
  request: ApiRequest,
  patient: PatientId,
): Promise<Result<OnlineRecord, AskFailure>> => record(request, `/api/patients/${patient}/history`, {});

export const openWithReason = (
  request: ApiRequest,
  patient: PatientId,
  reason: OpenReason,
): Promise<Result<OnlineRecord, AskFailure>> => record(request, `/api/patients/${patient}/open`, { reason });
