/** Two weeks: the latest a step may begin, as bounded by the policy's schema. */
export const longestDelayMinutes = 20_160;
