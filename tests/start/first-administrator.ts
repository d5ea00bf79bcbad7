import { testDevice } from '#tests/server.ts';
import { sessionSchema, type Session } from '#shared/session/protocol.ts';
import { slotHeader } from '#shared/sync/protocol.ts';
import type { Program, RunningServer } from './running-server.ts';

export const administrator = {
  name: 'Dr Amina Baig',
  email: 'amina.baig@hospital.example',
  hospital: 'Start Test Hospital',
  timeZone: 'Asia/Karachi',
};
export const administratorPassword = 'quilt-ferry-lamp-1987';

const linkPattern = /\/welcome\/administrator#(?<token>[\w-]{20,})/;

export const saysLink = (text: string): boolean => linkPattern.test(text);

/** The token in the one-time link that a program prints: the server at its start, or the command line. */
export async function printedToken(program: Program): Promise<string> {
  const { groups } = await program.line(linkPattern);
  return groups?.['token'] ?? '';
}

const post = (
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

export const redeem = (
  server: RunningServer,
  token: string,
  who: typeof administrator = administrator,
): Promise<Response> =>
  post(`${server.origin}/api/session/link`, { token, password: administratorPassword, administrator: who });

export const signIn = (
  server: RunningServer,
  email: string = administrator.email,
  password: string = administratorPassword,
): Promise<Response> =>
  post(`${server.origin}/api/session`, { email, password, device: testDevice() }, { [slotHeader]: '0' });

/** Throws when the server refuses. */
export async function signedIn(server: RunningServer, email?: string, password?: string): Promise<Session> {
  const response = await signIn(server, email, password);
  const body: unknown = await response.json();
  if (response.status !== 200) throw new Error(`refused with ${response.status}: ${JSON.stringify(body)}`);
  return sessionSchema.parse(body);
}

export async function problemCode(response: Response): Promise<unknown> {
  return ((await response.json()) as { code?: unknown }).code;
}
