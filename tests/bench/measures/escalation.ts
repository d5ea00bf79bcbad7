import { oneGateway } from '../escalation/one-gateway.ts';
import { buildWorkers, endEscalationProcesses } from '../escalation/processes.ts';
import { threeGateways } from '../escalation/three-gateways.ts';
import type { Measure } from '../measure.ts';

/*
 * Parts, each with its method at the head of its file: idle, window and storm (escalation/one-gateway.ts), three (escalation/three-gateways.ts).
 * `npm run bench -- escalation --part=window` takes one alone.
 */

export const escalation: Measure = {
  name: 'escalation',
  needsNoBuild: true,
  async run({ quick, parts, ...options }) {
    const wanted = (part: string): boolean => parts.length === 0 || parts.includes(part);
    const given = { quick, parts, ...options };
    const onOne = ['window', 'idle', 'storm'] as const;
    const one = { consults: 100_000, due: 10_000, windowMs: 60_000 };
    const three = { consults: 3_000, due: 300, windowMs: 30_000 };
    try {
      await buildWorkers();
      return [
        ...(onOne.some(wanted)
          ? await oneGateway(given, quick ? { consults: 3_000, due: 500, windowMs: 10_000 } : one, wanted)
          : []),
        ...(wanted('three')
          ? await threeGateways(given, quick ? { consults: 400, due: 100, windowMs: 10_000 } : three)
          : []),
      ];
    } finally {
      endEscalationProcesses();
    }
  },
};
