/** Calls back as time passes; tests move it by hand. */
export interface Scheduler {
  /** Returns the way to stop. */
  every(ms: number, run: () => void): () => void;
}

export const systemScheduler: Scheduler = {
  every(ms, run) {
    const timer = setInterval(run, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};
