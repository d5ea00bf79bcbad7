/** Two weeks: the latest a step may begin, as bounded by the policy's schema. */
export const longestDelayMinutes = 20_160;
/** The usual steps of an emergency are 20; a department may add its own. Each consult carries its policy, which bounds them. */
export const mostSteps = 30;
