import { describeRoute } from 'hono-openapi';
import type { MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { problemSchema, type ProblemCode } from '#shared/lib/problem.ts';
import { slotHeader } from '#shared/sync/protocol.ts';

export interface RouteDescription {
  /** One line, as in a list of what the server can do. */
  summary: string;
  /** Groups routes in the document, such as `session` or `sync`. */
  tag: string;
  /** Needs the slot header and its cookie. */
  session: boolean;
  body?: z.ZodType;
  /** The JSON of a 200; absent: 204 without content. */
  answer?: z.ZodType;
  /** Instead of `answer`, where it is not JSON: media type and words. */
  otherAnswer?: { mediaType: string; description: string };
  problems?: readonly ProblemCode[];
}

type JsonSchema = Record<string, unknown>;

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

/** Puts a route into `/api/openapi.json`, from the very schemas that parse and make its bodies. */
export function describe(route: RouteDescription): MiddlewareHandler {
  const success =
    route.otherAnswer !== undefined
      ? {
          '200': {
            description: route.otherAnswer.description,
            content: { [route.otherAnswer.mediaType]: {} },
          },
        }
      : route.answer === undefined
        ? { '204': { description: 'Done.' } }
        : {
            '200': {
              description: 'Done.',
              content: { 'application/json': { schema: schemaOf(route.answer, 'output') } },
            },
          };
  const codes = [
    ...(route.session ? (['not-signed-in', 'session-ended'] as const) : []),
    ...(route.problems ?? []),
  ];
  return describeRoute({
    summary: route.summary,
    tags: [route.tag],
    ...(route.session
      ? {
          security: [{ slot: [] }],
          parameters: [
            {
              in: 'header',
              name: slotHeader,
              required: true,
              schema: { type: 'integer', minimum: 0, maximum: 7 },
            },
          ],
        }
      : {}),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
          },
        }),
    responses: {
      ...success,
      default: {
        description: codes.length === 0 ? 'A problem.' : `A problem; among its codes: ${codes.join(', ')}.`,
        content: { 'application/problem+json': { schema: schemaOf(problemSchema, 'output') } },
      },
    },
  });
}
