import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { knownSessions } from '../../src/hooks/known-sessions.ts';
import { connectSwarm } from '../../src/sdk/connect.ts';
import { type Step, scriptedClient, takesOne } from '../support/agents/client-runs.ts';
import { clientProgram, clientsAreMissing } from '../support/agents/clients.ts';
import { startAppServer } from '../support/agents/codex-app-server.ts';
import type { ModelServer, ModelTurn } from '../support/agents/model-server.ts';
import { agentsProject } from '../support/agents/project.ts';
import { openTerminal, terminalIsMissing } from '../support/agents/terminal.ts';

const missing = clientsAreMissing ?? terminalIsMissing;
/** Fewer than the wakes an agent gets in a minute. */
const wakes = 5;

describe.skipIf(missing !== undefined)(`idle interactive agents (${missing ?? 'installed'})`, () => {
  test('Claude Code is woken by urgent mail through the waiter that waggle init set up', async () => {
    const { folder, waggle } = await agentsProject('ada');
    await waggle('init', '--client', 'claude', '--agent', 'ada');
    await using client = await scriptedClient('claude', settlesAll(), folder);
    const waits = () => knownSessions(join(folder, '.waggle'), 'ada', systemClock);
    {
      await using _terminal = await openTerminal(
        [clientProgram('claude'), '--allowedTools', 'mcp__waggle'],
        client.home,
      );
      const idle = () => expect.poll(waits, { timeout: 60_000 }).toEqual([{ isIdle: true, waits: true }]);
      const notice = 'Waggle: 1 urgent message for ada';
      await measureWakes('Claude Code', {
        folder,
        agent: 'ada',
        priority: 'urgent',
        model: client.model,
        notice,
        idle,
      });
    }
    // The waiter leaves with its client.
    await expect.poll(() => waits().some(({ waits: isThere }) => isThere)).toBe(false);
  });

  test('Codex is woken by mail through the app server its TUI shares', async () => {
    const { folder, waggle } = await agentsProject('bob');
    await waggle('init', '--client', 'codex', '--agent', 'bob');
    await using client = await scriptedClient('codex', settlesAll(), folder);
    await using server = await startAppServer(client.home);
    const { socket } = server;
    await using tui = await openTerminal([clientProgram('codex'), '--remote', `unix://${socket}`], client.home);
    await expect.poll(() => tui.screen(), { timeout: 60_000 }).toContain('2. Trust all and continue');
    await tui.type('2'); // what waggle doctor asks the user for
    await waggle('delivery', 'open', 'bob', 'codex-app-server', '--socket', socket);
    const idle = () =>
      expect.poll(() => openDoors(folder, 'bob'), { timeout: 60_000 }).toEqual(['codex-app-server', 'pull']);
    const notice = '1 message waits for you, from cy';
    await measureWakes('Codex', { folder, agent: 'bob', priority: 'normal', model: client.model, notice, idle });
  });
});

async function openDoors(folder: string, agent: string): Promise<string[]> {
  await using swarm = await connectSwarm({ dir: folder, start: false });
  const { doors } = await swarm.delivery.status(agent);
  return doors.flatMap(({ door, open }) => (open ? [door] : []));
}

/** Takes and settles a message a turn, for ever. */
function* settlesAll(): Generator<Step, void, ModelTurn> {
  for (;;) {
    yield* takesOne();
    yield { say: 'settled' };
  }
}

interface Woken {
  readonly folder: string;
  readonly agent: string;
  readonly priority: 'normal' | 'urgent';
  readonly model: ModelServer;
  /** Words with which its model is told of one message. */
  readonly notice: string;
  /** Resolves once nothing runs and somebody could be woken. */
  readonly idle: () => Promise<unknown>;
}

/** Sends mail to an idle agent, again and again; each must reach its model and be settled. Prints how long that took. */
async function measureWakes(name: string, { folder, agent, priority, model, notice, idle }: Woken): Promise<void> {
  const swarm = await connectSwarm({ dir: folder, start: false });
  onTestFinished(() => swarm.close());
  const delays: number[] = [];
  for (let wake = 1; wake <= wakes; wake += 1) {
    await idle();
    const before = model.turns.length;
    const begun = performance.now();
    const { id } = await swarm.send({ to: agent, from: 'cy', body: `wake ${wake}`, priority });
    const turn = await model.saw(({ number }) => number > before);
    delays.push(performance.now() - begun);
    const told = turn.texts.filter((text) => text.includes(notice));
    expect(told).toHaveLength(wake); // what a conversation was told stays in it
    await expect
      .poll(async () => (await swarm.message(id)).receipt, { timeout: 60_000 })
      .toMatchObject({
        state: 'acked',
        leasedAt: expect.any(String),
        injectedAt: expect.any(String),
        seenAt: expect.any(String),
      });
  }
  expect(model.refused).toEqual([]);
  const median = delays.toSorted((a, b) => a - b)[Math.floor(wakes / 2)] ?? Number.NaN;
  process.stdout.write(
    `${name}: woken in ${Math.round(median)} ms at the median of ${wakes} (${delays.map(Math.round).join(', ')})\n`,
  );
}
