import type { DeliveryDoor } from '../delivery-door.ts';

/** The agent looks into its inbox by itself, through MCP or the command line: the mail waits, nothing is to be done. */
export const pullDoor: DeliveryDoor = {
  name: 'pull',
  passive: true,
  repeatable: true,
  cost: 'nothing',
  look: async () => ({ open: true }),
  deliver: async () => ({ result: 'refused', reason: 'the mail waits in the inbox' }),
};
