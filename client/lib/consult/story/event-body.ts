import {
  authoredConsultBodies,
  systemConsultBodies,
  type ConsultBody,
  type ConsultEventType,
} from '#shared/consult/events.ts';
import type { HeldEvent } from '#shared/event/envelope.ts';

const allBodies = { ...authoredConsultBodies, ...systemConsultBodies };

/** The body, when this build can read it. */
export function bodyOf<T extends ConsultEventType>(event: HeldEvent, type: T): ConsultBody<T> | null {
  const parsed = allBodies[type].safeParse(event.body);
  return parsed.success ? (parsed.data as ConsultBody<T>) : null;
}

/** False for what a newer build wrote. */
export const isKnownType = (type: string): type is ConsultEventType => Object.hasOwn(allBodies, type);
