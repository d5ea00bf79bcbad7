import pino, { type DestinationStream, type Logger, type LoggerOptions } from 'pino';

export type { Logger } from 'pino';

/** Names under which a person's or a patient's data could slip into a log line. The line keeps the name and loses the value. */
const privateFields = [
  'password',
  'token',
  'secret',
  'cookie',
  'authorization',
  'email',
  'name',
  'mrn',
  'body',
  'content',
  'text',
  'events',
  'subscription',
  'url',
  'query',
];

const levelsDeep = ['', '*.', '*.*.'];

/** Of an error the type, our message and the place; `detail`s that libraries attach (whole requests, documents) stay out. */
function plainError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  return {
    type: error.name,
    message: error.message.slice(0, 500),
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    stack: error.stack?.split('\n').slice(1, 12).join('\n'),
    ...(error.cause === undefined || depth > 3 ? {} : { cause: plainError(error.cause, depth + 1) }),
  };
}

/** JSON lines on standard output. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: (error: unknown) => plainError(error) },
    redact: {
      paths: privateFields.flatMap((field) => levelsDeep.map((above) => above + field)),
      censor: '[private]',
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
