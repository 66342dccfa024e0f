import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessageLimits } from '../message/limits.ts';
import type { Scenario } from './scenario.ts';

/** A disk of its own for the fault that fills it. */
const smallDisk = '64m';

/** Waits for the end of its input, which is the end of the lab, gives processes a moment to follow, and clears up. */
const janitorScript = 'cat >/dev/null; sleep 3; umount -l "$1/swarm" 2>/dev/null; rm -rf "$1"';

/**
 * The isolated folder of one run: the swarm directory and the histories. Removed by `close`, and by a janitor of its
 * own when this process is killed, so that nothing is left either way.
 */
export class Workspace {
  readonly path: string;
  readonly swarm: string;
  readonly histories: string;
  readonly skewFile: string;
  readonly legacyFile: string;
  /** Whether the swarm lies on a disk that can be filled. */
  readonly hasSmallDisk: boolean;
  readonly #janitor: ChildProcess;

  constructor(scenario: Scenario, mount: (path: string) => boolean = mountSmallDisk) {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), 'waggle-stress-')));
    this.#janitor = spawn('sh', ['-c', janitorScript, 'janitor', this.path], {
      detached: true, // Ctrl-C must not reach it
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#janitor.on('error', () => {});
    this.#janitor.unref();
    this.histories = join(this.path, 'histories');
    this.skewFile = join(this.path, 'clock-skew');
    this.legacyFile = join(this.path, 'queue.json');
    mkdirSync(this.histories);
    const disk = join(this.path, 'swarm');
    mkdirSync(disk, { mode: 0o700 });
    this.hasSmallDisk = scenario.faults.includes('full') && mount(disk);
    this.swarm = join(disk, '.waggle');
    mkdirSync(this.swarm, { mode: 0o700 });
    const limits = limitsOf(scenario, this.hasSmallDisk);
    writeFileSync(join(this.swarm, 'config.json'), JSON.stringify({ limits }), { mode: 0o600 });
  }

  get disk(): string {
    return join(this.path, 'swarm');
  }

  /** Removes everything, or leaves the folder where it is. Calling it twice is fine. */
  close(options: { keep: boolean }): void {
    this.#janitor.kill('SIGKILL');
    if (options.keep) return;
    if (this.hasSmallDisk) spawnSync('umount', ['-l', this.disk]);
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Nobody else needs protection from a stress test, so the limits that would slow it down are raised. */
function limitsOf({ faults }: Scenario, hasSmallDisk: boolean): Partial<MessageLimits> {
  const isNarrow = faults.includes('full') && !hasSmallDisk;
  return {
    inboxMessages: isNarrow ? narrowInbox : 10_000_000,
    inboxBytes: 64 * 1024 ** 3,
    senderPerSecond: 10_000_000,
    senderBurst: 10_000_000,
  };
}

/** Where no disk can be filled, an inbox this small stands in for it. */
export const narrowInbox = 3;

/** Takes root; false where it cannot be done. */
export function mountSmallDisk(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${smallDisk},mode=700`, 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
