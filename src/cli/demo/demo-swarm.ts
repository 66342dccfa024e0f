import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, sleep } from '../../clock.ts';
import { WaggleError } from '../../errors.ts';
import type { Hub } from '../../hub/hub.ts';
import { operator } from '../../hub/operation.ts';
import { inheritable } from '../../process/environment.ts';
import { aborted, type Service } from '../../service.ts';
import { cast, mischief, requests } from './cast.ts';
import { damagedFile } from './damaged-file.ts';

const waggleBin = fileURLToPath(new URL('../../../bin/waggle.js', import.meta.url));

/** When something happens for the first time, and how often after that. */
const plan = {
  request: { firstMs: 500, everyMs: 1_600 },
  stall: { firstMs: 9_000, everyMs: 32_000 },
  riddle: { firstMs: 14_000, everyMs: 60_000 },
  damage: { firstMs: 19_000, everyMs: 50_000 },
} as const;

export interface DemoSwarmOptions {
  readonly hub: Hub;
  /** The swarm directory, which is the demo's own. */
  readonly dir: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly env: NodeJS.ProcessEnv;
  /** Goes with the demo, also when nobody is left to remove it but its agents. */
  readonly temporary?: string;
  /** Hears what the demo does to its agents, a sentence at a time. */
  readonly tell: (line: string) => void;
}

/**
 * Eight scripted agents as real processes of their own, with work for them, and now and then a stall, a message nobody
 * can handle, and a damaged queue file that is rescued. Runs until its signal aborts; then its agents are ended.
 */
export function demoSwarm(options: DemoSwarmOptions): Service {
  return { name: 'demo', run: (signal) => new DemoSwarm(options).run(signal) };
}

class DemoSwarm {
  readonly #options: DemoSwarmOptions;
  #rounds = 0;

  constructor(options: DemoSwarmOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      for (const actor of cast) await this.#start(actor.id);
      const acts = [
        this.#nowAndThen(plan.request, signal, (round) => this.#request(round)),
        this.#nowAndThen(plan.stall, signal, () => this.#stall()),
        this.#nowAndThen(plan.riddle, signal, (round) => this.#riddle(round)),
        this.#nowAndThen(plan.damage, signal, (round) => this.#damage(round)),
      ];
      await Promise.all([...acts, aborted(signal)]);
    } catch (error) {
      // A hub that is going takes nothing more; that is how the demo ends.
      if (!signal.aborted && !(error instanceof WaggleError && error.code === 'draining')) throw error;
    } finally {
      await this.#end();
    }
  }

  async #start(id: string): Promise<void> {
    const { hub, dir, env, temporary } = this.#options;
    const actor = cast.find((one) => one.id === id);
    if (actor === undefined) return;
    const { role, skills } = actor;
    await hub.call('agent.add', { id, role, skills, team: 'demo' }, { caller: operator });
    const words = ['demo-agent', id, '--conductor', String(process.pid), '--dir', dir];
    const folder = temporary === undefined ? [] : ['--temporary', temporary];
    const command = [process.execPath, waggleBin, ...words, ...folder];
    const start = { id, command, cwd: dirname(dir), restart: 'transient', environment: inheritable(env) } as const;
    await hub.call('agent.start', start, { caller: operator });
  }

  /** Every act on its own clock; one that the hub refuses for now is left out, not the end of it. */
  async #nowAndThen(
    { firstMs, everyMs }: { firstMs: number; everyMs: number },
    signal: AbortSignal,
    act: (round: number) => Promise<unknown>,
  ): Promise<void> {
    await sleep(this.#options.clock, firstMs, signal);
    for (let round = 0; ; round += 1) {
      await act(round).catch((error: unknown) => {
        if (!(error instanceof WaggleError && error.retry === 'later' && error.code !== 'draining')) throw error;
      });
      await sleep(this.#options.clock, everyMs, signal);
    }
  }

  #request(round: number): Promise<unknown> {
    this.#rounds += 1;
    const what = requests[round % requests.length] ?? 'a task';
    const priority = round % 7 === 6 ? 'high' : 'normal';
    return this.#send('role:captain', `#${this.#rounds} ${what}`, `Please see to ${what}.`, { priority });
  }

  #stall(): Promise<unknown> {
    const { random, tell } = this.#options;
    const actor = cast[2 + Math.floor(random() * 4)];
    if (actor === undefined) return Promise.resolve();
    tell(`${actor.id} stalls: it waits for an approval that nobody gives; watch its unread mail`);
    return this.#send(actor.id, 'May I delete the cache?', 'The agent asked, and nobody answers.', {
      kind: mischief.stall,
      priority: 'urgent',
    });
  }

  #riddle(round: number): Promise<unknown> {
    this.#options.tell('ken gets a message that nobody can handle: a dead letter, to redrive or mend under Messages');
    return this.#send(
      'ken',
      `Riddle ${round + 1}`,
      { question: 'What did the author mean?', answer: null },
      {
        kind: mischief.riddle,
      },
    );
  }

  /** A queue file as the old system left them, rescued by the command a person would use. */
  async #damage(round: number): Promise<void> {
    const { dir, tell } = this.#options;
    const file = join(dirname(dir), `queue-${round + 1}.json`);
    writeFileSync(
      file,
      damagedFile(
        cast.map(({ id }) => id),
        round,
      ),
    );
    tell(`${file} is damaged: its whole entries are recovered into the queue`);
    await new Promise<void>((resolve) => {
      const child = spawn(process.execPath, [waggleBin, 'recover', file, '--import', '--json', '--dir', dir], {
        stdio: 'ignore',
      });
      child.once('error', () => resolve());
      child.once('close', () => resolve());
    });
  }

  #send(to: string, subject: string, body: unknown, rest: object): Promise<unknown> {
    return this.#options.hub.call('message.send', { to, subject, body, ...rest }, { caller: operator });
  }

  /** Their programs end with the demo; those of a hub that is gone by now notice it themselves. */
  async #end(): Promise<void> {
    const { hub } = this.#options;
    await Promise.allSettled(
      cast.map(({ id }) => hub.call('agent.stop', { id, graceMs: 2_000 }, { caller: operator })),
    );
  }
}
