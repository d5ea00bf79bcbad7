import { z } from 'zod';

export const urgencySchema = z.enum(['emergency', 'urgent', 'routine']);
export type Urgency = z.infer<typeof urgencySchema>;
/** Most pressing first. */
export const urgencies = urgencySchema.options;

export const statusSchema = z.enum([
  'draft',
  'submitted',
  'acknowledged',
  'in-progress',
  'info-requested',
  'declined',
  'completed',
  'closed',
  'cancelled',
]);
export type Status = z.infer<typeof statusSchema>;

export const openStatuses = [
  'submitted',
  'acknowledged',
  'in-progress',
  'info-requested',
  'declined',
] as const;
export type OpenStatus = (typeof openStatuses)[number];
export const isOpen = (status: Status): status is OpenStatus =>
  (openStatuses as readonly Status[]).includes(status);

/** The three clocks of a consult. `seen` is at the bedside and nothing else. */
export const clockNameSchema = z.enum(['acknowledged', 'seen', 'completed']);
export type ClockName = z.infer<typeof clockNameSchema>;

/** Minutes from the clocks' start, per clock. */
export const targetsSchema = z.strictObject({
  acknowledged: z.int().min(1).max(43_200),
  seen: z.int().min(1).max(43_200),
  completed: z.int().min(1).max(129_600),
});
export type Targets = z.infer<typeof targetsSchema>;

/** Source: requirements DEP-2. */
export const defaultTargets: Readonly<Record<Urgency, Targets>> = {
  emergency: { acknowledged: 10, seen: 30, completed: 60 },
  urgent: { acknowledged: 30, seen: 120, completed: 240 },
  routine: { acknowledged: 240, seen: 720, completed: 1380 },
};
