/** Calls back as time passes; tests move it by hand. */
export interface Scheduler {
  /** Returns the way to stop. */
  every(ms: number, run: () => void): () => void;
  /** Calls back once. One that is moved by hand may lack it: what could wait is then done at once. */
  after?(ms: number, run: () => void): void;
}

export const systemScheduler: Scheduler = {
  every(ms, run) {
    const timer = setInterval(run, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
  after(ms, run) {
    setTimeout(run, ms).unref();
  },
};
