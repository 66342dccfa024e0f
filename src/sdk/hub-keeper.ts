import { existsSync } from 'node:fs';
import { nextDelay, type Random } from '../backoff.ts';
import { type Clock, sleep } from '../clock.ts';
import { isMarkedDown } from '../hub/down-mark.ts';
import type { SwarmDirectory } from '../hub/swarm-directory.ts';
import type { Service } from '../service.ts';
import { aborted } from '../service.ts';

/** What the keeper needs of a connection: when it is over, and how to end it. */
export interface KeptConnection {
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export interface HubKeeperOptions {
  readonly directory: Pick<SwarmDirectory, 'marker' | 'downMark'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Undefined when nobody listens. */
  readonly connect: () => Promise<KeptConnection | undefined>;
  /** Starts one in the background; undefined when somebody else is at it. */
  readonly start: () => Promise<number | undefined>;
}

/** Keepers that lost one hub do not all start the next in the same moment; one of them is elected anyway. */
const spreadMs = 250;
const lookEveryMs = 500;
const backoff = { minMs: 500, maxMs: 60_000 };

/**
 * Holds a connection to the hub, and starts a hub again when it died. Not when somebody asked for it to be down: then it
 * waits until one is there again. Ends with its signal, or with the swarm: where none is, none is made.
 */
export function hubKeeper({ directory, clock, random, connect, start }: HubKeeperOptions): Service {
  return {
    name: 'hub-keeper',
    async run(signal) {
      for (let failures = 0; !signal.aborted && existsSync(directory.marker); ) {
        const connection = await connect().catch(() => undefined);
        if (connection !== undefined) {
          failures = 0;
          await Promise.race([connection.closed, aborted(signal)]);
          await connection.close();
          if (!signal.aborted) await sleep(clock, random() * spreadMs, signal);
        } else if (isMarkedDown(directory)) {
          await sleep(clock, lookEveryMs, signal);
        } else {
          const isStarted = await start().then(
            () => true,
            () => false,
          );
          // Another keeper at it, or a hub that is up by now: a look tells. A hub that cannot start is not tried for ever.
          failures = isStarted ? 0 : failures + 1;
          await sleep(clock, isStarted ? spreadMs : nextDelay(failures, backoff, random), signal);
        }
      }
    },
  };
}
