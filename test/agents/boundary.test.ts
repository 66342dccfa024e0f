import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectSwarm } from '../../src/sdk/connect.ts';
import type { Swarm } from '../../src/sdk/swarm.ts';
import { scriptedClient } from '../support/agents/client-runs.ts';
import { clientsAreMissing } from '../support/agents/clients.ts';
import { startAppServer } from '../support/agents/codex-app-server.ts';
import type { ModelTurn } from '../support/agents/model-server.ts';
import { agentsProject } from '../support/agents/project.ts';

/** What the command of `held` prints when nobody cut it short. */
const wentOn = 'went on: to the end';

describe.skipIf(clientsAreMissing !== undefined)(
  `agents in the middle of a tool call (${clientsAreMissing ?? 'installed'})`,
  () => {
    test('Claude Code hears of mail when the call has ended, and goes on for urgent mail at the end of its turn', async () => {
      const { folder, waggle } = await agentsProject('ada');
      await waggle('init', '--client', 'claude', '--agent', 'ada');
      const swarm = await operator(folder);
      const send = sender(swarm, 'ada');
      const call = held(folder);
      let late: string[] = [];
      await using client = await scriptedClient(
        'claude',
        async (turn) => {
          if (turn.number === 1) return { call: 'Bash', input: { command: call.command } };
          // The turn is about to end: there is no boundary any more but the end itself.
          if (turn.number === 2) late = [await send('late and normal'), await send('late and urgent', 'urgent')];
          return { say: `turn ${turn.number}` };
        },
        folder,
      );
      const ran = client.prompt('run it');
      await call.begun();
      const ids = [await send('normal'), await send('urgent', 'urgent')];
      for (const id of ids) expect((await swarm.message(id)).receipt).toMatchObject({ state: 'stored' });
      expect(client.model.turns).toHaveLength(1);
      await call.release();
      expect(await ran).toMatchObject({ code: 0, stdout: expect.stringContaining('turn 3') });

      const [, boundary, end] = client.model.turns.map(({ texts }) => texts.join('\n'));
      expect(client.model.turns[1]?.toolResult).toContain(wentOn);
      for (const id of ids) expect(boundary).toContain(id);
      expect(end).toContain(late[1]);
      expect(end).not.toContain(late[0]);
      for (const id of [...ids, ...late.slice(1)])
        expect((await swarm.message(id)).receipt).toMatchObject({ state: 'injected', door: 'hooks' });
      expect((await swarm.message(late[0] ?? '')).receipt).toMatchObject({ state: 'stored' });
      expect(client.model.refused).toEqual([]);
    });

    test.each(['normal', 'urgent'] as const)(
      'Codex gets %s mail as its policy says, and its call ends in peace',
      async (priority) => {
        const { folder, waggle } = await agentsProject('bob');
        const call = held(folder);
        await using client = await scriptedClient(
          'codex',
          ({ number }) =>
            number === 1
              ? { call: 'exec_command', input: { cmd: call.command, yield_time_ms: 30_000 } }
              : { say: `turn ${number}` },
          folder,
        );
        const swarm = await operator(folder);
        const send = sender(swarm, 'bob');
        await using server = await startAppServer(client.home);
        await server.startThread();
        await waggle('delivery', 'open', 'bob', 'codex-app-server', '--socket', server.socket);
        await send('begin');
        await call.begun();
        const id = await send('there is more', priority);
        const receipt = async () => (await swarm.message(id)).receipt;
        // While the call runs, urgent mail is in the program already, and normal mail is not.
        if (priority === 'urgent') await expect.poll(receipt, { timeout: 60_000 }).toMatchObject({ state: 'injected' });
        expect(client.model.turns).toHaveLength(1);
        await call.release();

        const told = await client.model.saw((turn) => noticesIn(turn) === 2);
        expect(client.model.turns[1]?.toolResult).toContain(wentOn);
        // Steered into the turn that ran, between two of its steps; or the beginning of the next.
        expect(told.number).toBe(priority === 'urgent' ? 2 : 3);
        await expect.poll(receipt).toMatchObject({ state: 'injected', door: 'codex-app-server' });
        expect(client.model.refused).toEqual([]);
      },
    );
  },
);

const noticesIn = ({ texts }: ModelTurn) =>
  texts.filter((text) => text.includes('Waggle: 1 message waits for you')).length;

async function operator(folder: string): Promise<Swarm> {
  const swarm = await connectSwarm({ dir: folder, start: false });
  onTestFinished(() => swarm.close());
  return swarm;
}

function sender(swarm: Swarm, to: string) {
  return async (body: string, priority: 'normal' | 'urgent' = 'normal') =>
    (await swarm.send({ to, from: 'cy', body, priority })).id;
}

/** A command that begins, then waits to be released; it also ends when the test has, with its folder. */
function held(folder: string) {
  const [begun, gate] = ['begun', 'gate'].map((name) => join(folder, name)) as [string, string]; // as many as it is given
  return {
    command: `touch ${begun}; while [ -e ${begun} ] && [ ! -e ${gate} ]; do sleep 0.1; done; echo "went on: $(cat ${gate})"`,
    begun: () => expect.poll(() => existsSync(begun), { timeout: 60_000 }).toBe(true),
    release: () => writeFile(gate, 'to the end'),
  };
}
