import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sleep, systemClock } from '../../src/clock.ts';
import { checkHistoryFiles } from '../../src/history/check-files.ts';
import { openHistory } from '../../src/history/history-reader.ts';
import { HistoryWriter } from '../../src/history/history-writer.ts';
import { recordFinals } from '../../src/history/record-swarm.ts';
import { Recorder } from '../../src/history/recorder.ts';
import { connectSwarm } from '../../src/sdk/connect.ts';
import { type HubProcess, spawnHub } from '../../src/testing/hub-process.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';

/**
 * T14: eight producers and eight consumers as processes, readers of the event stream, and a fault every second: a client
 * or the hub killed or stopped for a while, a reader cut off. Judged by the history of what every client was told.
 */
const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 1_000_000);
const isLong = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1) > 1;
const seconds = isLong ? 180 : 10;
const pairs = 8;
const readers = 3;
const script = fileURLToPath(new URL('../support/soak-client.ts', import.meta.url));
const random = seededRandom(seed);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T; // never empty here

interface Client {
  readonly args: readonly string[];
  child: ChildProcess;
  /** A fault is at it; one at a time. */
  isBusy: boolean;
}

async function startClient(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('the client was spawned without a pipe');
  await Promise.race([once(createInterface({ input: child.stdout }), 'line'), once(child, 'exit')]);
  return child;
}

async function stopClient({ child }: Client): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  await exit;
}

/** Follows the events over HTTP from where it was, across hubs, and notes which messages it was told were accepted. */
class Reader {
  readonly accepted = new Set<string>();
  readonly disorder: string[] = [];
  #last = 0;
  #cut = new AbortController();
  #ended = false;

  async follow(dir: string): Promise<void> {
    while (!this.#ended) {
      this.#cut = new AbortController();
      await this.#read(dir, this.#cut.signal).catch(() => {}); // a hub that is gone, or we were cut off: go on after it
      if (!this.#ended) await sleep(systemClock, 100);
    }
  }

  cut(): void {
    this.#cut.abort();
  }

  end(): void {
    this.#ended = true;
    this.cut();
  }

  async #read(dir: string, signal: AbortSignal): Promise<void> {
    const { url } = JSON.parse(readFileSync(join(dir, 'hub.json'), 'utf8')) as { url: string };
    const token = readFileSync(join(dir, 'token'), 'utf8').trim();
    const headers = { authorization: `Bearer ${token}`, 'last-event-id': String(this.#last) };
    const { body } = await fetch(`${url}/v1/events`, { headers, signal });
    if (body === null) throw new Error('no stream');
    let rest = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('data: ')) this.#note(JSON.parse(line.slice(6)));
    }
  }

  #note({ seq, type, messageId }: { seq: number; type: string; messageId?: string }): void {
    if (seq <= this.#last) this.disorder.push(`${type} ${seq} after ${this.#last}`);
    this.#last = seq;
    if (type === 'message.accepted' && messageId !== undefined) this.accepted.add(messageId);
  }
}

function openFiles({ child: { pid } }: HubProcess): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function residentMiB({ child: { pid } }: HubProcess): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Least squares, in MiB per ten minutes. */
function slope(points: readonly (readonly [second: number, mib: number])[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, mib]) => mib))];
  const above = points.reduce((sum, [at, mib]) => sum + (at - x) * (mib - y), 0);
  const below = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return (above / below) * 600;
}

test(`${seconds} s of ${2 * pairs} clients with a fault every second (seed ${seed})`, async () => {
  using folder = tempFolder();
  const dir = join(folder.path, '.waggle');
  const histories = join(folder.path, 'histories');
  let hub = spawnHub(dir);
  expect(await hub.up).toBe(true);
  const clients: Client[] = [];
  const lab = await connectSwarm({ dir, start: false, retryForMs: 60_000 });
  const followers = Array.from({ length: readers }, () => new Reader());
  const following = followers.map((reader) => reader.follow(dir));
  try {
    const inboxes = Array.from({ length: pairs }, (_, index) => `agent-${index}`);
    for (const id of inboxes) await lab.agents.add({ id });
    const roles = inboxes.flatMap((inbox) => ['producer', 'consumer'].map((role) => ({ inbox, role })));
    await Promise.all(
      roles.map(async ({ inbox, role }) => {
        const args = [dir, role, inbox, `${role}-${inbox}`, histories];
        clients.push({ args, child: await startClient(args), isBusy: false });
      }),
    );

    const counts: Record<string, number> = {};
    const withClient = async (harm: (client: Client) => Promise<void>) => {
      const free = clients.filter(({ isBusy }) => !isBusy);
      if (free.length === 0) return;
      const client = pick(free);
      client.isBusy = true;
      await harm(client);
      client.isBusy = false;
    };
    const restart = async (client: Client) => {
      client.child.kill('SIGKILL');
      client.child = await startClient(client.args);
    };
    const pause = async (child: ChildProcess, ms: number) => {
      child.kill('SIGSTOP');
      await sleep(systemClock, ms);
      child.kill('SIGCONT');
    };
    const faults: Record<string, () => Promise<void>> = {
      'client killed': () => withClient(restart),
      // Longer than a lease, so that its messages are given to another and its late acks are refused.
      'client stopped': () => withClient(({ child }) => pause(child, 3_500)),
      'hub stopped': () => pause(hub.child, 700),
      'reader cut off': async () => pick(followers).cut(),
      'hub killed': async () => {
        await hub.kill();
        hub = spawnHub(dir);
        expect(await hub.up, 'the hub did not come back').toBe(true);
      },
    };
    const files: number[] = [];
    const memory: (readonly [number, number])[] = [];
    const underWay: Promise<void>[] = [];
    const startedAt = systemClock.monotonic();
    const elapsed = () => (systemClock.monotonic() - startedAt) / 1_000;
    for (let second = 0; elapsed() < seconds; second += 1) {
      // What grows shows only in a hub that lives on: none is killed in the second half.
      const kinds = Object.keys(faults).filter((kind) => kind !== 'hub killed' || elapsed() < seconds / 2);
      const kind = second === 1 ? 'hub killed' : pick(kinds);
      counts[kind] = (counts[kind] ?? 0) + 1;
      const done = faults[kind]?.();
      if (kind.startsWith('hub')) await done;
      else underWay.push(done ?? Promise.resolve());
      await sleep(systemClock, 1_000);
      if (elapsed() < (seconds * 2) / 3) continue;
      files.push(openFiles(hub));
      memory.push([elapsed(), residentMiB(hub)]);
    }
    await Promise.all(underWay);
    const ended = clients.filter(({ child }) => child.exitCode !== null || child.signalCode !== null);
    expect(ended.map(({ args, child }) => [args, child.exitCode, child.signalCode])).toEqual([]);

    const of = (role: string) => clients.filter(({ args }) => args[1] === role);
    await Promise.all(of('producer').map(stopClient));
    await expect
      .poll(async () => (({ ready, scheduled, leased }) => ready + scheduled + leased)(await lab.queue.stats()), {
        timeout: 120_000,
      })
      .toBe(0);
    await Promise.all(of('consumer').map(stopClient));

    // A message whose sender was killed before it heard of its send is known from its deliveries alone.
    const sent = new Set<string>();
    const known = new Set<string>();
    for (const { op, phase, id } of openHistory([histories]).records) {
      if (id === undefined || phase !== 'ok') continue;
      known.add(id);
      if (op === 'send') sent.add(id);
    }
    using ending = new HistoryWriter(histories, 'lab');
    await recordFinals(lab, new Recorder(ending), known);
    ending.close();
    const report = await checkHistoryFiles([histories], { isDrained: true });
    const { accepted: last } = await lab.queue.stats();
    for (const reader of followers) await expect.poll(() => reader.accepted.size, { timeout: 60_000 }).toBe(last);

    process.stdout.write(
      `soak (seed ${seed}): ${sent.size} sends answered, ${last} accepted, faults ${JSON.stringify(counts)}, open files ${Math.min(...files)} to ${Math.max(...files)}, ` +
        `memory ${memory.at(0)?.[1].toFixed(0)} to ${memory.at(-1)?.[1].toFixed(0)} MiB (${slope(memory).toFixed(1)} MiB / 10 min)\n`,
    );
    expect(report.findings).toEqual([]);
    expect(await lab.queue.verify()).toMatchObject({ ok: true });
    for (const reader of followers) {
      expect(reader.disorder).toEqual([]);
      expect([...sent].filter((id) => !reader.accepted.has(id))).toEqual([]);
    }
    // Each client, reader and the lab hold a connection; a killed one is closed within moments.
    const [least, most] = [Math.min(...files), Math.max(...files)];
    expect(most - least, `open files went from ${least} to ${most}`).toBeLessThanOrEqual(2 * pairs + readers + 5);
    expect(sent.size).toBeGreaterThan(pairs * seconds);
    if (isLong) expect(slope(memory), JSON.stringify(memory)).toBeLessThan(600);
  } finally {
    for (const reader of followers) reader.end();
    for (const { child } of clients) child.kill('SIGKILL');
    await Promise.all(following);
    await lab.close();
    await hub.kill();
  }
});
