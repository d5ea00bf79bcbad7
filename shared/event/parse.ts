import type { z } from 'zod';
import { authoredConsultBodies } from '#shared/consult/events.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { isWellFormed } from '#shared/lib/text.ts';
import { authoredPatientBodies } from '#shared/patient/events.ts';
import type { RefusalCode } from '#shared/sync/protocol.ts';
import {
  authoredEnvelopeSchema,
  maxEventBytes,
  type AuthoredEnvelope,
  type DocumentKind,
} from './envelope.ts';
import { utf8Bytes } from './size.ts';

/** Why raw input is no event; `path` names the place by our own field names and positions, never by what was sent. */
export interface ParseRefusal {
  readonly type: 'refused';
  readonly code: RefusalCode;
  readonly path: string;
}

// Maps, because a plain object would answer to 'constructor'.
const vocabularies: Readonly<Record<DocumentKind, ReadonlyMap<string, z.ZodType<Record<string, unknown>>>>> =
  {
    consult: new Map(Object.entries(authoredConsultBodies)),
    patient: new Map(Object.entries(authoredPatientBodies)),
  };
const maxDepth = 12;
const prototypeKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Parses one act as a tablet sends it: envelope and body by the vocabulary of the document's kind. Refused: anything over
 * `maxEventBytes` ('too-large'), a type the kind does not have or only the server may write ('unknown-type'), and all else
 * that does not fit ('malformed').
 */
export function parseAuthoredEvent(kind: DocumentKind, raw: unknown): Result<AuthoredEnvelope, ParseRefusal> {
  const unsafe = unsafeIn(raw);
  if (unsafe !== null) return refused(unsafe);
  return parseSafe(kind, raw);
}

/** As parseAuthoredEvent, for a queue of both kinds: the type tells the kind, and for `corrected`, which both have, the body does. */
export function parseAuthoredEventOfAnyKind(
  raw: unknown,
): Result<{ readonly kind: DocumentKind; readonly event: AuthoredEnvelope }, ParseRefusal> {
  const unsafe = unsafeIn(raw);
  if (unsafe !== null) return refused(unsafe);
  const kind = kindOf(raw);
  const parsed = parseSafe(kind, raw);
  return parsed.ok ? ok({ kind, event: parsed.value }) : parsed;
}

function kindOf(raw: unknown): DocumentKind {
  if (typeof raw !== 'object' || raw === null || !('type' in raw) || typeof raw.type !== 'string')
    return 'consult';
  if (!vocabularies.patient.has(raw.type)) return 'consult';
  if (!vocabularies.consult.has(raw.type)) return 'patient';
  return 'body' in raw && typeof raw.body === 'object' && raw.body !== null && 'of' in raw.body
    ? 'consult'
    : 'patient';
}

function parseSafe(kind: DocumentKind, raw: unknown): Result<AuthoredEnvelope, ParseRefusal> {
  const envelope = authoredEnvelopeSchema.safeParse(raw);
  if (!envelope.success) return refused('malformed', pathOf(envelope.error));
  const schema = vocabularies[kind].get(envelope.data.type);
  if (schema === undefined) return refused('unknown-type', 'type');
  const body = schema.safeParse(envelope.data.body);
  if (!body.success) return refused('malformed', `body${pathOf(body.error, '.')}`);
  return ok({ ...envelope.data, body: body.data });
}

const refused = (code: RefusalCode, path = ''): { readonly ok: false; readonly error: ParseRefusal } =>
  err({ type: 'refused', code, path });

/** Every schema here is strict, so the places it names are our own field names and positions. */
function pathOf(error: z.ZodError, prefix = ''): string {
  const path = error.issues[0]?.path ?? [];
  return path.length === 0 ? '' : prefix + path.map(String).join('.');
}

/**
 * What no schema needs to see: too much, too deep, not JSON, not Unicode (in keys too), or a key that would reach a
 * prototype. null: none of it. Reads no more than `maxEventBytes` of text before it gives up.
 */
function unsafeIn(raw: unknown): 'malformed' | 'too-large' | null {
  const walk = { left: maxEventBytes };
  const found = unsafeValue(raw, walk, 0);
  if (found !== null) return found;
  return utf8Bytes(JSON.stringify(raw)) > maxEventBytes ? 'too-large' : null;
}

function unsafeValue(
  value: unknown,
  walk: { left: number },
  depth: number,
): 'malformed' | 'too-large' | null {
  walk.left--;
  if (typeof value === 'string') return unsafeText(value, walk);
  if (walk.left < 0) return 'too-large';
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'malformed';
  if (value === null || typeof value === 'boolean') return null;
  if (typeof value !== 'object' || depth >= maxDepth) return 'malformed';
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = unsafeValue(item, walk, depth + 1);
      if (found !== null) return found;
    }
    return null;
  }
  for (const [key, member] of Object.entries(value)) {
    if (prototypeKeys.has(key)) return 'malformed';
    const found = unsafeText(key, walk) ?? unsafeValue(member, walk, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

function unsafeText(text: string, walk: { left: number }): 'malformed' | 'too-large' | null {
  walk.left -= text.length;
  if (walk.left < 0) return 'too-large';
  return isWellFormed(text) ? null : 'malformed';
}
