import type { KeepingStore } from '../kept-forms.ts';

const key = 'hc-admin-staff-list';

/** The list is found again as it was left. */
export const rememberFilter = (store: KeepingStore, query: string): void => store.setItem(key, query);
export const staffListAddress = (store: KeepingStore): string => `/admin/staff${store.getItem(key) ?? ''}`;
