import { runShim } from '../../process/hosts/child/shim.ts';
import type { CommandAction } from '../command.ts';

export const shim: CommandAction = async (call, context) => {
  await runShim(call.arg(1), context.clock);
  return undefined;
};
