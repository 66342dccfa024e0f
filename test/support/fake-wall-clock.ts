import { existsSync, globSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian, and a build from source, put it. */
const library = globSync(['/usr/lib/*/faketime/libfaketime.so.1', '/usr/local/lib/faketime/libfaketime.so.1']).find(
  existsSync,
);

export const hasFaketime = process.platform === 'linux' && library !== undefined;

/** The wall clock of a process of its own: it can be set while the process runs; monotonic time goes on undisturbed. */
export interface FakeWallClock {
  readonly env: NodeJS.ProcessEnv;
  /** `+2d`, `-1h`: so far from the real time; `@2038-01-19 03:14:07`: from that instant on, in the zone of the process. */
  set(time: string): void;
}

export function fakeWallClock(folder: string, zone = 'UTC'): FakeWallClock {
  const file = join(folder, 'wall-clock');
  const set = (time: string) => {
    // Read at every look at the clock: it must never be seen half written.
    writeFileSync(`${file}.draft`, time);
    renameSync(`${file}.draft`, file);
  };
  set('+0');
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      TZ: zone,
      NODE_V8_COVERAGE: '',
    },
    set,
  };
}
