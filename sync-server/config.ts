import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import type { OutsideConfig } from '#server/alerts/outside-config.ts';
import { browserPushServices } from '#server/alerts/push-endpoints.ts';
import type { OpenIdConfig } from '#server/auth/openid/openid-config.ts';
import { weaknessOf } from '#server/keys/secret-strength.ts';
import { secretFileName, secretNames, type SecretName, type SecretTexts } from '#server/keys/secret-names.ts';
import { err, ok, type Result } from '#shared/lib/result.ts';
import { lineText } from '#shared/lib/text.ts';

export type Mode = 'demo' | 'production';

const flag = z.enum(['0', '1']).transform((text) => text === '1');
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `is less than ${min}`).max(max, `is more than ${max}`));

const httpUrl = (protocols: readonly string[]) =>
  z
    .string()
    .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), 'is not a URL');

const smtpUrl = httpUrl(['smtp:', 'smtps:']).refine(
  (text) => URL.canParse(text) && new URL(text).hostname !== '',
  'is without a host',
);

const origin = httpUrl(['http:', 'https:']).refine(
  (text) => URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, ''),
  'is more than an origin (scheme, host and port)',
);

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

const secret = z.string().max(500);
const path = z.string().max(4096);

/** Every variable the server reads; `.env.example` explains each. An empty one counts as not set. */
export const environmentSchema = z.object({
  PORT: whole(0, 65_535).default(8080),
  HOST: z.string().max(253).optional(),
  DATA_DIR: path.default('./data'),
  PUBLIC_ORIGIN: origin.transform((text) => new URL(text).origin).optional(),
  COUCHDB_URL: httpUrl(['http:', 'https:']).optional(),
  COUCHDB_URL_FILE: path.optional(),
  COUCHDB_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'is not lower-case letters, digits and -')
    .default('hc-'),
  TLS_CERT_FILE: path.optional(),
  TLS_KEY_FILE: path.optional(),
  TRUSTED_PROXY_HOPS: whole(0, 5).default(0),
  HEARTBEAT_URL: httpUrl(['http:', 'https:'])
    .refine(
      (text) => !URL.canParse(text) || new URL(text).username + new URL(text).password === '',
      'is with a name or password in it',
    )
    .optional(),
  METRICS: flag.default(false),
  STAND_DOWN_WORKER: flag.default(false),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  SESSION_KEY: secret.optional(),
  SESSION_KEY_FILE: path.optional(),
  SEAL_KEY: secret.optional(),
  SEAL_KEY_FILE: path.optional(),
  PARCEL_KEY: secret.optional(),
  PARCEL_KEY_FILE: path.optional(),
  VAPID_PRIVATE_KEY: secret.optional(),
  VAPID_PRIVATE_KEY_FILE: path.optional(),
  VAPID_SUBJECT: z
    .string()
    .regex(/^(mailto:.+@.+|https:\/\/.+)$/, 'is neither mailto: nor https:')
    .optional(),
  PUSH_SERVICES: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim().toLowerCase()))
    .refine(
      (names) => names.every((name) => /^\.?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/.test(name)),
      'is not a list of host names',
    )
    .optional(),
  SMTP_URL: smtpUrl.optional(),
  SMTP_URL_FILE: path.optional(),
  MAIL_FROM: z
    .string()
    .max(320)
    .regex(/^(?:[^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/, 'is not an e-mail address')
    .optional(),
  ALERT_WEBHOOK_URL: httpUrl(['http:', 'https:']).optional(),
  ALERT_WEBHOOK_SECRET: secret.optional(),
  ALERT_WEBHOOK_SECRET_FILE: path.optional(),
  OIDC_ISSUER: httpUrl(['http:', 'https:'])
    .refine((text) => {
      if (!URL.canParse(text)) return true;
      const { protocol, hostname, search, hash, username, password } = new URL(text);
      const isPlain = protocol === 'https:' || loopbackHosts.has(hostname);
      return isPlain && search + hash + username + password === '';
    }, 'is not the https address of an issuer')
    .optional(),
  OIDC_CLIENT_ID: z.string().max(300).optional(),
  OIDC_CLIENT_SECRET: secret.optional(),
  OIDC_CLIENT_SECRET_FILE: path.optional(),
  OIDC_ALLOWED_DOMAINS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim().toLowerCase()))
    .refine(
      (names) => names.every((name) => /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(name)),
      'is not a list of mail domains',
    )
    .optional(),
  OIDC_NAME: lineText(40).optional(),
});

export type StoreConfig =
  | { readonly type: 'embedded'; readonly folder: string }
  | { readonly type: 'couchdb'; readonly url: string; readonly prefix: string };

export interface Config {
  readonly mode: Mode;
  readonly port: number;
  /** null: every network of this machine. */
  readonly host: string | null;
  /** Holds `store`, `secrets` and the operator's socket; the demo has its own. */
  readonly instanceFolder: string;
  /** What browsers see, such as https://consult.hospital.example. */
  readonly publicOrigin: string;
  readonly isPublicOriginGiven: boolean;
  readonly store: StoreConfig;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly trustedProxyHops: number;
  /** Also at /metrics of the public port, for the loopback address only; the operator's socket always has them. */
  readonly metrics: boolean;
  /** The app's service worker takes itself away. */
  readonly standsDownWorker: boolean;
  readonly logLevel: z.infer<typeof environmentSchema>['LOG_LEVEL'];
  /** As given or found; one that is absent is made at the first start, where that is allowed. */
  readonly secrets: SecretTexts;
  readonly mayMakeSecrets: boolean;
  readonly vapidSubject: string;
  /** Asked with GET after each good audit of escalation; null: nobody outside is told. It may hold a secret. */
  readonly heartbeatUrl: string | null;
  /** Hosts pushes may be sent to; null (the demo): any public one and this machine. */
  readonly pushServices: readonly string[] | null;
  /** E-mail and the SMS or voice gateway, where they are set up. */
  readonly outside: OutsideConfig;
  /** The hospital's own sign-in; null: by password alone. */
  readonly openId: OpenIdConfig | null;
}

export interface ConfigFault {
  readonly variable: string;
  /** Begins with a verb: "is …". Never holds the value. */
  readonly fault: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a mode keeps its data below DATA_DIR. */
export const instanceFolderOf = (dataFolder: string, mode: Mode): string =>
  mode === 'demo' ? join(resolve(dataFolder), 'demo') : resolve(dataFolder);

/** Of characters nobody chose: 16 bytes in hex, as providers make them. */
const shortestWebhookSecret = 32;

export const isLoopback = (originText: string): boolean => loopbackHosts.has(new URL(originText).hostname);

/**
 * Reads the whole configuration; on failure every fault at once, in the order of the variables. `environment` is given by tests alone.
 * The demo never uses CouchDB and listens on this machine only, unless HOST says otherwise.
 */
export function loadConfig(
  mode: Mode,
  environment: Environment = process.env,
): Result<Config, readonly ConfigFault[]> {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environmentSchema.safeParse(set);
  const faults: ConfigFault[] = [];
  const fault = (variable: string, text: string): void => {
    if (!faults.some((one) => one.variable === variable)) faults.push({ variable, fault: text });
  };
  if (!parsed.success) {
    for (const issue of parsed.error.issues)
      fault(
        issue.path.join('.'),
        issue.code === 'custom' || issue.message.startsWith('is ') ? issue.message : 'is not valid',
      );
  }
  // The others are still looked at when one is bad, so that nobody mends them one by one.
  const bad = new Set(faults.map((one) => one.variable));
  const values = environmentSchema.parse(
    Object.fromEntries(Object.entries(set).filter(([name]) => !bad.has(name))),
  );

  function fromFile(variable: string, file: string | undefined): string | undefined {
    if (file === undefined) return undefined;
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {
      fault(variable, 'is a file that cannot be read');
      return undefined;
    }
  }
  function oneOf(variable: string, direct: string | undefined, file: string | undefined): string | undefined {
    if (direct !== undefined && file !== undefined)
      fault(variable, `is set, and so is ${variable}_FILE: choose one`);
    return direct ?? fromFile(`${variable}_FILE`, file);
  }

  const instanceFolder = instanceFolderOf(values.DATA_DIR, mode);
  const couchUrl =
    mode === 'demo' ? undefined : oneOf('COUCHDB_URL', values.COUCHDB_URL, values.COUCHDB_URL_FILE);
  if (couchUrl !== undefined) {
    if (!URL.canParse(couchUrl)) fault('COUCHDB_URL', 'is not a URL');
    else {
      const { password } = new URL(couchUrl);
      if (password === '') fault('COUCHDB_URL', 'is without a name and password');
      else if (
        /^(admin|password|couchdb|secret|changeme)\d*$/i.test(decodeURIComponent(password)) ||
        password.length < 12
      )
        fault('COUCHDB_URL', 'is weak: its password is easy to guess');
    }
  }

  const texts: Partial<Record<SecretName, string>> = {};
  const mayMakeSecrets = couchUrl === undefined;
  for (const name of secretNames) {
    const fileVariable = `${name}_FILE` as const;
    const saved = join(instanceFolder, 'secrets', secretFileName(name));
    const given = oneOf(name, values[name], values[fileVariable]);
    const isGiven = values[name] !== undefined || values[fileVariable] !== undefined || bad.has(name);
    const text = isGiven ? given : existsSync(saved) ? fromFile(name, saved) : undefined;
    if (text === undefined) {
      // Several gateways may share a CouchDB: keys made by one of them would part it from the others.
      if (!isGiven && !mayMakeSecrets)
        fault(name, 'is missing: with COUCHDB_URL it must be given, by itself or as a file');
      continue;
    }
    const weakness = weaknessOf(name, text);
    if (weakness !== null)
      fault(values[fileVariable] === undefined ? name : fileVariable, `is weak: ${weakness}`);
    texts[name] = text;
  }

  if ((values.TLS_CERT_FILE === undefined) !== (values.TLS_KEY_FILE === undefined)) {
    const [missing, there] =
      values.TLS_CERT_FILE === undefined
        ? ['TLS_CERT_FILE', 'TLS_KEY_FILE']
        : ['TLS_KEY_FILE', 'TLS_CERT_FILE'];
    if (!bad.has(missing)) fault(missing, `is missing: ${there} needs it`);
  }
  const cert = fromFile('TLS_CERT_FILE', values.TLS_CERT_FILE);
  const key = fromFile('TLS_KEY_FILE', values.TLS_KEY_FILE);
  const tls = cert === undefined || key === undefined ? null : { cert, key };
  if (tls !== null) {
    try {
      createSecureContext(tls);
    } catch {
      // OpenSSL names what it dislikes in words of its own; both files are named here.
      fault('TLS_CERT_FILE', 'is no certificate, or TLS_KEY_FILE is not its key');
    }
  }

  // An empty file, as the container's installation begins with, counts as not set.
  const smtpGiven = oneOf('SMTP_URL', values.SMTP_URL, values.SMTP_URL_FILE);
  const smtp = smtpGiven === '' ? undefined : smtpGiven;
  if (smtp !== undefined && !smtpUrl.safeParse(smtp).success) fault('SMTP_URL', 'is not a URL');
  if (smtp !== undefined && values.MAIL_FROM === undefined && !bad.has('MAIL_FROM'))
    fault('MAIL_FROM', 'is missing: SMTP_URL needs it');
  const mail =
    smtp === undefined || values.MAIL_FROM === undefined ? null : { url: smtp, from: values.MAIL_FROM };
  const hookSecret = oneOf(
    'ALERT_WEBHOOK_SECRET',
    values.ALERT_WEBHOOK_SECRET,
    values.ALERT_WEBHOOK_SECRET_FILE,
  );
  if (hookSecret !== undefined && hookSecret.length < shortestWebhookSecret)
    fault('ALERT_WEBHOOK_SECRET', `is weak: shorter than ${shortestWebhookSecret} characters`);
  if (values.ALERT_WEBHOOK_URL !== undefined && hookSecret === undefined && !bad.has('ALERT_WEBHOOK_SECRET'))
    fault('ALERT_WEBHOOK_SECRET', 'is missing: ALERT_WEBHOOK_URL needs it');
  const webhook =
    values.ALERT_WEBHOOK_URL === undefined || hookSecret === undefined
      ? null
      : { url: values.ALERT_WEBHOOK_URL, secret: hookSecret };

  const openIdSecretGiven = oneOf(
    'OIDC_CLIENT_SECRET',
    values.OIDC_CLIENT_SECRET,
    values.OIDC_CLIENT_SECRET_FILE,
  );
  const openIdSecret = openIdSecretGiven === '' ? undefined : openIdSecretGiven;
  let openId: OpenIdConfig | null = null;
  if (values.OIDC_ISSUER !== undefined) {
    const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_ALLOWED_DOMAINS: allowedDomains } = values;
    const needed = {
      OIDC_CLIENT_ID: clientId,
      OIDC_CLIENT_SECRET: openIdSecret,
      OIDC_ALLOWED_DOMAINS: allowedDomains,
    };
    for (const [name, value] of Object.entries(needed))
      if (value === undefined && !bad.has(name)) fault(name, 'is missing: OIDC_ISSUER needs it');
    if (clientId !== undefined && openIdSecret !== undefined && allowedDomains !== undefined) {
      const name = values.OIDC_NAME ?? new URL(issuer).hostname;
      openId = { issuer, clientId, clientSecret: openIdSecret, allowedDomains, name };
    }
  }

  if (faults.length > 0) {
    const order = Object.keys(environmentSchema.shape);
    return err(faults.sort((a, b) => order.indexOf(a.variable) - order.indexOf(b.variable)));
  }

  const publicOrigin =
    values.PUBLIC_ORIGIN ?? `${tls === null ? 'http' : 'https'}://localhost:${values.PORT}`;
  return ok({
    mode,
    port: values.PORT,
    host: values.HOST ?? (mode === 'demo' ? '127.0.0.1' : null),
    instanceFolder,
    publicOrigin,
    isPublicOriginGiven: values.PUBLIC_ORIGIN !== undefined,
    store:
      couchUrl === undefined
        ? { type: 'embedded', folder: join(instanceFolder, 'store') }
        : { type: 'couchdb', url: couchUrl, prefix: values.COUCHDB_PREFIX },
    tls,
    trustedProxyHops: values.TRUSTED_PROXY_HOPS,
    metrics: values.METRICS,
    standsDownWorker: values.STAND_DOWN_WORKER,
    logLevel: values.LOG_LEVEL,
    secrets: texts,
    mayMakeSecrets,
    outside: { mail, webhook },
    openId,
    heartbeatUrl: mode === 'demo' ? null : (values.HEARTBEAT_URL ?? null),
    pushServices: values.PUSH_SERVICES ?? (mode === 'demo' ? null : browserPushServices),
    vapidSubject:
      values.VAPID_SUBJECT ??
      (publicOrigin.startsWith('https:') ? publicOrigin : 'mailto:administrator@localhost.invalid'),
  });
}
