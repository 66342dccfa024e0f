import { WaggleError } from '../errors.ts';
import type { Context } from './command.ts';

/**
 * For commands that work on the store's file itself, past the hub and its policy: `forbidden` for whoever was started
 * with an agent's token. Such a process could read the file by other means; no command of ours does it for it.
 */
export function requireOperator(command: string, { env }: Pick<Context, 'env'>): void {
  const file = env['WAGGLE_TOKEN_FILE'];
  if (!file) return;
  throw new WaggleError(
    'forbidden',
    `${command} is the operator's alone, and this process speaks as an agent (WAGGLE_TOKEN_FILE is ${file}); ask the operator`,
    { details: { field: 'WAGGLE_TOKEN_FILE', value: file } },
  );
}
