/** Ends a switch over a closed union; the compiler refuses the call when a case was left out. */
export function exhaustive(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
}
