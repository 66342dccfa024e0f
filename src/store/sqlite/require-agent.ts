import { WaggleError } from '../../errors.ts';
import type { Core } from './core.ts';

/** `not_found` for an id nobody is registered under. */
export function requireAgent(core: Core, id: string): void {
  if (core.ledger.agents.has(id)) return;
  throw new WaggleError('not_found', `agent ${JSON.stringify(id)} is not registered; waggle agent list shows who is`, {
    details: { field: 'id', value: id },
  });
}
