import type { StaffRecord } from '#shared/administration/staff.ts';

/** Somebody as they are now, private fields included. */
export type HeldStaff = Pick<StaffRecord, 'id' | 'fields' | 'active'>;
