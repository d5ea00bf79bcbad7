/** Tablet setting that says what became of a damaged database (report.ts). */
export const rescuedSetting = 'rescued';
