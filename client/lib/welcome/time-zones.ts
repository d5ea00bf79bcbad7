export interface TimeZoneChoice {
  readonly value: string;
  /** "Asia / Karachi" */
  readonly label: string;
}

/** Every time zone this browser knows, the device's own among them. */
export function timeZoneChoices(own: string): readonly TimeZoneChoice[] {
  return [...new Set([...Intl.supportedValuesOf('timeZone'), own, 'UTC'])]
    .sort()
    .map((value) => ({ value, label: value.replaceAll('/', ' / ').replaceAll('_', ' ') }));
}

export const deviceTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;
