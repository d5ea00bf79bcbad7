import { deviceStandingSchema } from '#shared/device/protocol.ts';
import { protocolHeader, protocolVersion, serverHeader } from '#shared/sync/protocol.ts';

const timeoutMs = 20_000;

/** Whether our server says that this device was withdrawn; false also where nobody answers. */
export async function isWithdrawn(fetchIt: typeof fetch, device: string): Promise<boolean> {
  try {
    const response = await fetchIt('/api/device-standing', {
      method: 'POST',
      headers: { 'content-type': 'application/json', [protocolHeader]: String(protocolVersion) },
      body: JSON.stringify({ device }),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok || !response.headers.has(serverHeader)) return false;
    return deviceStandingSchema.safeParse(await response.json()).data?.withdrawn === true;
  } catch {
    // No network, a cut answer, a captive portal: it is asked again.
    return false;
  }
}

export interface StandingParts {
  /** Nobody's records are open: whoever has theirs open is told with every answer. */
  readonly isShut: () => boolean;
  readonly ask: () => Promise<boolean>;
  readonly onWithdrawn: () => void;
  /** Calls whenever it is worth asking. */
  readonly onOccasion: (run: () => void) => void;
}

/** Asks now and then for as long as everybody's records are shut. */
export function watchStanding({ isShut, ask, onWithdrawn, onOccasion }: StandingParts): void {
  let asking = false;
  async function look(): Promise<void> {
    if (asking || !isShut()) return;
    asking = true;
    const withdrawn = await ask();
    asking = false;
    if (withdrawn) onWithdrawn();
  }
  onOccasion(() => void look());
  void look();
}
