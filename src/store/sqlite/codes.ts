import type { MessageState, Priority } from '../../message/message.ts';
import { priorities } from '../../message/message.ts';

/** The integers of the `state` column. Partial indexes name them, so they never change. */
export const stateCodes = {
  ready: 0,
  scheduled: 1,
  leased: 2,
  acked: 3,
  dead: 4,
  expired: 5,
  cancelled: 6,
  quarantined: 7,
} as const satisfies Record<MessageState, number>;

const statesByCode = Object.keys(stateCodes) as MessageState[]; // declared in code order

export function stateOf(code: number): MessageState {
  const state = statesByCode[code];
  if (state === undefined) throw new Error(`unknown state code ${code} in the store`);
  return state;
}

export function priorityOf(code: number): Priority {
  const priority = priorities[code];
  if (priority === undefined) throw new Error(`unknown priority code ${code} in the store`);
  return priority;
}
