import type { AuthoredEnvelope } from '#shared/event/envelope.ts';

const maxWaitingPerDevice = 1000;

type Waiting = Pick<AuthoredEnvelope, 'id' | 'device'>;

/** Events told to wait, by device: a bound on what a tablet may keep asking for. In memory only; a restart forgives. */
export class WaitingEvents {
  private readonly byDevice = new Map<string, Set<string>>();

  /** False when too many of this device wait already. */
  note({ id, device }: Waiting): boolean {
    const held = this.byDevice.get(device);
    if (held === undefined) this.byDevice.set(device, new Set([id]));
    else if (!held.has(id)) {
      if (held.size >= maxWaitingPerDevice) return false;
      held.add(id);
    }
    return true;
  }

  forget({ id, device }: Waiting): void {
    const held = this.byDevice.get(device);
    if (held?.delete(id) === true && held.size === 0) this.byDevice.delete(device);
  }
}
