import { permitting } from './bank/access.ts';
import { delivering } from './bank/delivering.ts';
import { doors } from './bank/doors.ts';
import { handingOff } from './bank/handing-off.ts';
import { knocking } from './bank/knocking.ts';
import { leaving } from './bank/leaving.ts';
import { rescue } from './bank/rescue.ts';
import { running } from './bank/running.ts';
import { storing } from './bank/storing.ts';
import { watching } from './bank/watching.ts';
import type { Mutant } from './mutant.ts';

/** Every bug that a test has to see. */
export const bank: readonly Mutant[] = [
  ...storing,
  ...delivering,
  ...rescue,
  ...leaving,
  ...knocking,
  ...running,
  ...doors,
  ...permitting,
  ...handingOff,
  ...watching,
];
