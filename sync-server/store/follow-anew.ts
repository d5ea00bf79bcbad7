import { SeqUnknown, type Database, type Following, type FollowOptions } from './port.ts';

/**
 * Follows a database also after the store was set back to a backup: a place it does not know any more would be asked for in vain for
 * ever, so everything comes once more from the beginning. For followers to whom a repeated change is no news.
 */
export function followAnew(database: Database, options: FollowOptions): Following {
  let stopped = false;
  let following = follow(options.since);

  function follow(since: FollowOptions['since']): Following {
    return database.follow({
      ...options,
      since,
      onError(error) {
        options.onError?.(error);
        // Not awaited: it cannot end while it waits for this call. The beginning is known to every store.
        if (!(error instanceof SeqUnknown) || stopped || since === null) return;
        void following.stop();
        following = follow(null);
      },
    });
  }

  return {
    async stop() {
      stopped = true;
      await following.stop();
    },
  };
}
