import type { Fault } from '../laboratory.ts';
import type { FaultKind } from '../scenario.ts';
import { clockJump } from './clock-jump.ts';
import { crash } from './crash.ts';
import { fullDisk } from './full-disk.ts';
import { hubKill } from './hub-kill.ts';
import { slowConsumers } from './slow-consumers.ts';
import { tornWrite } from './torn-write.ts';

/** Each kind of fault and how it is made. */
export const faults: Readonly<Record<FaultKind, Fault>> = {
  crash,
  torn: tornWrite,
  slow: slowConsumers,
  full: fullDisk,
  clock: clockJump,
  'hub-kill': hubKill,
};
