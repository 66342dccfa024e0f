import { rmSync, statfsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';

const wantedBytes = 16 * 1024 * 1024;
const reserveBytes = 64 * 1024 * 1024;
const recheckMs = 1_000;

/**
 * Room kept free for what must work on a full disk (guarantee G13): a file that is deleted first when space runs out,
 * and a free-space floor below which no message is accepted. On a small filesystem both shrink with it.
 */
export class Ballast {
  readonly #file: string;
  readonly #directory: string;
  readonly #clock: Clock;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #hasRoom = true;
  /** Size of the reserve that was given up and is not back in place. */
  #releasedBytes = 0;

  constructor(storeFile: string, directory: string, clock: Clock) {
    this.#file = `${storeFile}.ballast`;
    this.#directory = directory;
    this.#clock = clock;
  }

  /** Whether accepting is allowed; looks at the disk at most once a second. */
  hasRoom(): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#checkedAt < recheckMs) return this.#hasRoom;
    this.#checkedAt = now;
    const { free, total } = this.#space();
    // Room that the reserve gave up is for settling: accepts wait until there is room for the reserve again.
    this.#hasRoom = free - this.#releasedBytes > Math.min(reserveBytes, total / 20);
    if (this.#hasRoom && this.#releasedBytes > 0) void this.restore();
    return this.#hasRoom;
  }

  /** The engine ran out of space: no accept until the next look, and the reserve is given up for what must be written. */
  diskIsFull(release: boolean): void {
    this.#checkedAt = this.#clock.monotonic();
    this.#hasRoom = false;
    if (!release) return;
    this.#releasedBytes += statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    rmSync(this.#file, { force: true });
  }

  /** Puts the reserve (back) in place when there is plenty of room; resolves to whether it stands. */
  async restore(): Promise<boolean> {
    this.#releasedBytes = 0;
    if (statSync(this.#file, { throwIfNoEntry: false }) !== undefined) return true;
    const { free } = this.#space();
    const size = Math.min(wantedBytes, Math.floor(free / 8));
    if (size < 64 * 1024) return false;
    try {
      const handle = await open(this.#file, 'wx', 0o600);
      try {
        await handle.writeFile(Buffer.alloc(size, 1));
      } finally {
        await handle.close();
      }
      return true;
    } catch {
      // No reserve is a lesser evil than no hub: settles then have only what the filesystem keeps.
      rmSync(this.#file, { force: true });
      return false;
    }
  }

  #space(): { free: number; total: number } {
    const stats = statfsSync(this.#directory);
    return { free: stats.bavail * stats.bsize, total: stats.blocks * stats.bsize };
  }
}
