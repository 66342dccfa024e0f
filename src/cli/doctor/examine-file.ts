import type { Clock } from '../../clock.ts';
import { toWaggleError } from '../../errors.ts';
import { recoverFile } from '../../recovery/recover.ts';
import type { Examination } from './watched-file.ts';

/**
 * One look at a legacy queue file: nothing is written, not even a quarantine copy. A file that cannot be read is told
 * as such, and one of no bytes is damaged (a writer was caught in mid-truncate): neither is ever an empty queue.
 */
export async function examineFile(path: string, clock: Clock): Promise<Examination> {
  try {
    const { summary } = await recoverFile(path, { quarantineDir: null, clock });
    return {
      state: summary.damaged ? 'damaged' : 'intact',
      bytes: summary.bytes,
      recoverable: summary.recovered,
      ambiguous: summary.ambiguous,
      errors: summary.parseErrorCount,
      ...(summary.damage === undefined ? {} : { problem: summary.damage }),
    };
  } catch (error) {
    const { code, message } = toWaggleError(error);
    const nothing = { bytes: 0, recoverable: 0, ambiguous: 0, errors: 0 };
    return code === 'not_found'
      ? { state: 'missing', ...nothing }
      : { state: 'unreadable', ...nothing, problem: message };
  }
}
