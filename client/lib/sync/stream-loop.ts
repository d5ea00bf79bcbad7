import type { BackOff } from './back-off.ts';
import type { Scheduler } from './scheduler.ts';
import type { OpenStream, ServerFailure, ServerPort } from './server-port.ts';
import type { StreamMessage } from './wire-types.ts';

/** Three beats missed: nobody is there any more, whatever the connection says. */
export const streamSilenceMs = 60_000;

export interface StreamLoop {
  start(): void;
  stop(): void;
  /** Tries at once instead of waiting for the back-off; does nothing while a stream is open or being opened. */
  hurry(): void;
  /** Closes a stream that is believed dead, and opens another. */
  reopen(): void;
  isOpen(): boolean;
}

export interface StreamLoopParts {
  readonly server: ServerPort;
  readonly scheduler: Scheduler;
  readonly backOff: BackOff;
  onMessage(message: StreamMessage): void;
  onOpen(): void;
  /** Not open any more, or could not be opened; null: it ended or fell silent. Another try follows by itself. */
  onDown(failure: ServerFailure | null): void;
}

/** Keeps one stream open, for all collections, as long as it runs. */
export function createStreamLoop(parts: StreamLoopParts): StreamLoop {
  const { server, scheduler, backOff } = parts;
  let running = false;
  /** Counts openings; what comes from an earlier one is ignored. */
  let turn = 0;
  let opening = false;
  let stream: OpenStream | null = null;
  let cancelWatch: (() => void) | null = null;
  let cancelRetry: (() => void) | null = null;

  function watch(mine: number): void {
    cancelWatch?.();
    cancelWatch = scheduler.after(streamSilenceMs, () => down(mine, null));
  }

  function down(mine: number, failure: ServerFailure | null): void {
    if (mine !== turn || !running) return;
    turn++;
    cancelWatch?.();
    cancelWatch = null;
    stream?.close();
    stream = null;
    const wishMs = failure?.type === 'unavailable' ? failure.retryAfterMs : null;
    cancelRetry?.();
    cancelRetry = scheduler.after(backOff.nextDelayMs(wishMs), () => {
      cancelRetry = null;
      void open();
    });
    parts.onDown(failure);
  }

  async function open(): Promise<void> {
    if (!running || opening || stream !== null) return;
    cancelRetry?.();
    cancelRetry = null;
    opening = true;
    const mine = ++turn;
    const opened = await server.openStream({
      onMessage(message) {
        if (mine === turn) parts.onMessage(message);
      },
      onTraffic() {
        if (mine === turn && running) watch(mine);
      },
      onEnd: () => down(mine, null),
    });
    opening = false;
    if (mine !== turn || !isRunning()) {
      if (opened.ok) opened.value.close();
      return;
    }
    if (!opened.ok) {
      down(mine, opened.error);
      return;
    }
    stream = opened.value;
    watch(mine);
    backOff.reset();
    parts.onOpen();
  }
  // Read through a function: the compiler would else take `running` for unchanged across the await.
  const isRunning = (): boolean => running;

  return {
    start() {
      running = true;
      void open();
    },
    stop() {
      running = false;
      turn++;
      cancelWatch?.();
      cancelRetry?.();
      stream?.close();
      stream = null;
    },
    hurry() {
      if (!running || stream !== null || opening) return;
      backOff.reset();
      void open();
    },
    reopen() {
      if (stream === null) return;
      backOff.reset();
      down(turn, null);
      this.hurry();
    },
    isOpen: () => stream !== null,
  };
}
