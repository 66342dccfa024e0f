import { WaggleError } from '../errors.ts';
import type { FrameConnection } from '../sdk/frame-connection.ts';
import type { Connection } from '../sdk/remote-transport.ts';

/** A connection that does what it is asked and then loses the answer, once per listed operation. */
export function losingAnswers(real: FrameConnection, operations: Set<string>): Connection {
  return {
    isOpen: true,
    close: () => Promise.resolve(),
    async call(op, input, options) {
      const result = await real.call(op, input, options);
      if (!operations.delete(op)) return result;
      throw new WaggleError('hub_unreachable', 'the answer was lost');
    },
  };
}
