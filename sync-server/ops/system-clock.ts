import { msToInstant, type Clock } from '#shared/lib/instant.ts';

export const systemClock: Clock = { now: () => msToInstant(Date.now()) };
