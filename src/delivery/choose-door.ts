import type { Availability } from './delivery-door.ts';
import type { DoorName } from './receipt.ts';
import { ladder, type Urgency } from './urgency.ts';

export interface Choice {
  readonly door: DoorName;
  /** Those before it, and why not. */
  readonly passed: readonly { readonly door: DoorName; readonly reason: string }[];
}

/** The first door of the ladder that is open; `pull` when none is. Doors that nobody opened for the agent are left out. */
export function chooseDoor(urgency: Urgency, doors: ReadonlyMap<DoorName, Availability>): Choice {
  const passed: { door: DoorName; reason: string }[] = [];
  for (const door of ladder[urgency]) {
    const found = doors.get(door);
    if (found?.open === true) return { door, passed };
    if (found !== undefined) passed.push({ door, reason: found.reason });
  }
  return { door: 'pull', passed };
}
