import { type Clock, sleep } from '../clock.ts';
import { readAnnouncement } from '../hub/hub-announcement.ts';
import type { SwarmDirectory } from '../hub/swarm-directory.ts';

const lookEveryMs = 100;
/** A hub that lives on after it dropped us is either on its way out or well; neither needs anybody to start another. */
const lookForMs = 30_000;

/**
 * Whether the hub that was connected is dead without having said so. One that is told to stop takes its announcement away
 * before it ends; one that is killed leaves it behind. Resolves as soon as it is known.
 */
export async function hasCrashed(directory: SwarmDirectory, clock: Clock): Promise<boolean> {
  const deadline = clock.monotonic() + lookForMs;
  for (;;) {
    const pid = readAnnouncement(directory)?.pid;
    if (pid === undefined) return false;
    if (!isAlive(pid)) return true;
    if (clock.monotonic() >= deadline) return false;
    await sleep(clock, lookEveryMs);
  }
}

/** Our own user's process, or nobody's: the directory is ours. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
