import type { Directory } from '#shared/directory/directory.ts';
import type { Instant } from '#shared/lib/instant.ts';
import type { Departments } from './departments.ts';
import type { Devices } from './devices.ts';
import type { DemoPatient } from './patients.ts';
import type { Random } from './random.ts';
import type { Teams } from './staff.ts';
import type { SealEvent } from './stamper.ts';

/** Everything a consult's story needs to know of the hospital. */
export interface HospitalPlan {
  readonly now: Instant;
  readonly random: Random;
  readonly sealEvent: SealEvent;
  readonly departments: Departments;
  readonly teams: Teams;
  readonly devices: Devices;
  readonly patients: readonly DemoPatient[];
  /** With the rota of all the past days too, which the demo's own directory does not keep. */
  readonly directory: Directory;
}
