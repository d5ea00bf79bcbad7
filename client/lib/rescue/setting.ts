/** Tablet setting that says what became of a damaged database (report.ts). */
export const rescuedSetting = 'rescued';
/** Tablet setting that says what was brought over from a database that was not sealed as it should be; nobody is shown it. */
export const resealedSetting = 'resealed';
