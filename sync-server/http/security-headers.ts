import { createHash } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import type { AppEnv } from './context.ts';

/** `'sha256-…'` of each inline script of a page, as Content-Security-Policy wants them. */
export function inlineScriptHashes(html: string): string[] {
  const scripts = html.matchAll(/<script(?<attributes>[^>]*)>(?<source>[\s\S]*?)<\/script>/gi);
  return [...scripts].flatMap(({ groups }) => {
    if (groups === undefined || /\bsrc\s*=/.test(groups['attributes'] ?? '')) return [];
    return [
      `'sha256-${createHash('sha256')
        .update(groups['source'] ?? '')
        .digest('base64')}'`,
    ];
  });
}

/** SvelteKit's announcer for screen readers hides itself with a style attribute; this allows that one text and no other. */
const announcerStyle =
  'position: absolute; left: 0; top: 0; clip: rect(0 0 0 0); clip-path: inset(50%); overflow: hidden; white-space: nowrap; width: 1px; height: 1px';
const announcerHash = `'sha256-${createHash('sha256').update(announcerStyle).digest('base64')}'`;

export const contentSecurityPolicy = (scriptHashes: readonly string[]): string =>
  [
    "default-src 'none'",
    // WebAssembly may be compiled (Argon2id, which the PIN goes through); text is never run as a script.
    ["script-src 'self'", "'wasm-unsafe-eval'", ...scriptHashes].join(' '),
    "style-src 'self'",
    `style-src-attr 'unsafe-hashes' ${announcerHash}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "media-src 'self' blob:",
    "frame-src 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
  ].join('; ');

const fixedHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(self), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()',
};

/** `isSecure`: browsers reach us by https, directly or through the proxy. */
export const securityHeaders = (deps: { scriptHashes: readonly string[]; isSecure: boolean }) => {
  const policy = contentSecurityPolicy(deps.scriptHashes);
  return createMiddleware<AppEnv>(async (c, next) => {
    await next();
    c.header('content-security-policy', policy);
    for (const [name, value] of Object.entries(fixedHeaders)) c.header(name, value);
    if (deps.isSecure) c.header('strict-transport-security', 'max-age=31536000; includeSubDomains');
  });
};
