import type { Context } from 'hono';
import { z } from 'zod';
import { err, ok, type Result } from '#shared/lib/result.ts';
import type { AppEnv } from './context.ts';
import { problem } from './problem.ts';

export const defaultMaxBodyBytes = 64 * 1024;
/** Nothing of ours nests deeper; beyond it recursion over the value becomes dangerous. */
const maxDepth = 40;

const unsafeKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** True where a key, at any depth, means something to JavaScript itself. */
export function hasUnsafeKeys(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasUnsafeKeys);
  return Object.entries(value).some(([key, member]) => unsafeKeys.has(key) || hasUnsafeKeys(member));
}

/** How deep arrays and objects nest in JSON text; cheap, and before anything is built of it. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return deepest;
}

type BodyFault = 'too-large' | 'unsupported-media-type' | 'malformed';

/** The whole body, or nothing once it is longer than allowed, whatever its headers say. */
export async function readBody(request: Request, maxBytes: number): Promise<Result<Uint8Array, BodyFault>> {
  const declared = request.headers.get('content-length');
  if (declared !== null && Number(declared) > maxBytes) return err('too-large');
  if (request.body === null) return ok(new Uint8Array());
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return ok(Buffer.concat(chunks));
      length += value.length;
      if (length > maxBytes) {
        await reader.cancel();
        return err('too-large');
      }
      chunks.push(value);
    }
  } catch {
    // The sender went away or sent a broken body: there is nobody to tell more.
    return err('malformed');
  }
}

async function readJson(request: Request, maxBytes: number): Promise<Result<unknown, BodyFault>> {
  const contentType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (contentType !== 'application/json') return err('unsupported-media-type');
  if ((request.headers.get('content-encoding') ?? 'identity') !== 'identity')
    return err('unsupported-media-type');
  const bytes = await readBody(request, maxBytes);
  if (!bytes.ok) return bytes;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.value);
    if (depthOf(text) > maxDepth) return err('malformed');
    return ok(JSON.parse(text));
  } catch {
    return err('malformed');
  }
}

/** Property names a schema knows: only these may appear in an answer, whatever keys were sent. */
const knownKeys = new WeakMap<z.ZodType, ReadonlySet<string>>();

function keysOf(schema: z.ZodType): ReadonlySet<string> {
  const held = knownKeys.get(schema);
  if (held !== undefined) return held;
  const keys = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      if (key === 'properties') for (const name of Object.keys(member as object)) keys.add(name);
      collect(member);
    }
  };
  collect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  knownKeys.set(schema, keys);
  return keys;
}

const wordsByIssue: Readonly<Partial<Record<z.core.$ZodIssue['code'], string>>> = {
  invalid_type: 'has the wrong type or is missing',
  too_big: 'is too long or too large',
  too_small: 'is too short or too small',
  invalid_format: 'is not well formed',
  unrecognized_keys: 'has a field that is not known',
  invalid_value: 'is none of the allowed values',
};

/** The first faults of a body as paths and plain words, with nothing of what was sent. */
export function fieldsOf(error: z.ZodError, schema: z.ZodType): { path: string; message: string }[] {
  const keys = keysOf(schema);
  return error.issues.slice(0, 20).map((issue) => ({
    path: issue.path
      .slice(0, 12)
      .map((step) => (typeof step === 'number' ? String(step) : keys.has(String(step)) ? String(step) : '*'))
      .join('.'),
    message: wordsByIssue[issue.code] ?? 'is not valid',
  }));
}

export interface JsonBodyOptions {
  /** Defaults to the feature's limit, set by the app. */
  maxBytes?: number;
  /** For bodies whose parts are judged one by one: the handler then looks with `hasUnsafeKeys` itself. */
  allowUnsafeKeys?: boolean;
}

/**
 * The body as the schema says, or the finished refusal to return. Reads the body once. Content type, size (of chunked bodies too), UTF-8,
 * depth and prototype keys are checked before the schema sees anything.
 */
export async function parseJsonBody<Schema extends z.ZodType>(
  c: Context<AppEnv>,
  schema: Schema,
  options: JsonBodyOptions = {},
): Promise<Result<z.infer<Schema>, Response>> {
  const maxBytes = options.maxBytes ?? c.get('maxBodyBytes');
  const json = await readJson(c.req.raw, maxBytes);
  if (!json.ok) return err(problem(c, json.error));
  if (options.allowUnsafeKeys !== true && hasUnsafeKeys(json.value)) return err(problem(c, 'malformed'));
  const parsed = schema.safeParse(json.value);
  return parsed.success
    ? ok(parsed.data)
    : err(problem(c, 'malformed', { fields: fieldsOf(parsed.error, schema) }));
}
