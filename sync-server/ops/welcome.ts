import type { DemoSignIns } from '#server/auth/session-routes.ts';
import { isLoopback, type Config } from '#server/config.ts';

/** What the terminal says once the server listens. `adminLink` null: there is an administrator, or this is the demo. */
export function welcomeLines(
  config: Pick<Config, 'host' | 'publicOrigin' | 'isPublicOriginGiven'>,
  demo: DemoSignIns | null,
  adminLink: { address: string; endsAt: string } | null,
): string[] {
  const { host, isPublicOriginGiven, publicOrigin } = config;
  const lines = ['', `Hospital Consult${demo === null ? '' : ' (demo)'}: ${publicOrigin}`];
  if (!isLoopback(publicOrigin) && publicOrigin.startsWith('http:')) {
    lines.push(
      'Without TLS tablets cannot install the app or work without a network: only this machine itself can.',
      'Set TLS_CERT_FILE and TLS_KEY_FILE, or put a TLS proxy in front and name it in PUBLIC_ORIGIN.',
    );
  } else if (!isPublicOriginGiven && host !== '127.0.0.1') {
    lines.push(
      'PUBLIC_ORIGIN is not set: people can sign in at this address alone, that is from this machine.',
      'Tablets cannot install the app without TLS: set TLS_CERT_FILE and TLS_KEY_FILE (or use a proxy), and PUBLIC_ORIGIN.',
    );
  } else if (isLoopback(publicOrigin) && demo === null) {
    lines.push(
      'This address is this machine alone. Tablets cannot install the app without TLS: see docs/operations.md.',
    );
  }
  if (demo !== null) {
    lines.push('Sign in as one of these, or choose on the first screen:');
    for (const { description, email, name, password } of demo.people)
      lines.push(`  ${email}  ${password}  ${name}, ${description}`);
  }
  if (adminLink !== null) {
    lines.push(
      `There is no administrator yet. Open this once, before ${adminLink.endsAt}, to become the first:`,
      `  ${adminLink.address}`,
    );
  }
  return lines;
}
