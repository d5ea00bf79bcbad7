/** What both kinds of browser have in common here; Firefox and older ones have neither. */
interface Badging {
  setAppBadge?(count: number): Promise<void>;
  clearAppBadge?(): Promise<void>;
}

/** The count that waits on me on the app's icon; 0 takes it away. Does nothing where icons have no badge. */
export async function showBadge(count: number, on: Badging = navigator): Promise<void> {
  try {
    await (count > 0 ? on.setAppBadge?.(count) : on.clearAppBadge?.());
  } catch (cause) {
    // Refused, such as before the app is installed: the number stands in the navigation as well.
    if (!(cause instanceof DOMException)) throw cause;
  }
}
