/**
 * Runs changes of one gateway one after the other: rules that look at several documents (the last administrator, a code used once) then see what
 * the change before has written.
 */
export interface OneAtATime {
  <T>(work: () => Promise<T>): Promise<T>;
}

export function createOneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work);
    last = mine;
    return mine;
  };
}
