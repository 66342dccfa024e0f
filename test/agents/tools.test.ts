import { describe, expect, test } from 'vitest';
import { type ClientName, scriptedClient } from '../support/agents/client-runs.ts';
import { clientsAreMissing } from '../support/agents/clients.ts';
import { runWaggle, temporaryFolder } from '../support/run-waggle.ts';

const clients: readonly ClientName[] = ['claude', 'codex'];

/** A swarm of these agents, and a way to run commands in it. */
async function swarmOf(...agents: string[]) {
  const cwd = await temporaryFolder();
  const waggle = async (...args: string[]) => {
    const { code, stdout, stderr } = await runWaggle([...args, '--json'], { cwd });
    expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  };
  for (const id of agents) await waggle('agent', 'add', id);
  return { waggle };
}

describe.skipIf(clientsAreMissing !== undefined)(
  `real clients with a scripted model (${clientsAreMissing ?? 'installed'})`,
  () => {
    test.each(clients)('%s lists the server, and its model sends, reads and acks mail', async (name) => {
      const { waggle } = await swarmOf('ada', 'bob');
      await using client = await scriptedClient(name, [
        { tool: 'send_message', input: () => ({ to: 'bob', body: `hello from ${name}` }) },
        { tool: 'check_inbox', input: () => ({}) },
        { tool: 'ack_message', input: ({ texts }) => leaseIn(texts.join('\n')) },
        { say: 'done' },
      ]);
      await waggle('init', '--client', name, '--agent', 'ada', '--project', client.home.project);
      const [sent] = await waggle('send', 'ada', 'work for you', '--from', 'bob');

      const listed = await client.run('mcp', 'list');
      expect(listed.stdout).toMatch(name === 'claude' ? /waggle: .*Connected/ : /waggle .*enabled/);
      const ran = await client.prompt('look for work');
      expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('done') });
      expect(client.model.refused).toEqual([]);

      const [{ messages }] = await waggle('inbox', 'bob', '--peek');
      expect(messages).toMatchObject([{ from: 'ada', body: `hello from ${name}` }]);
      const told = client.model.turns
        .map(({ toolResult = '' }) => toolResult)
        .find((text) => text.includes('work for you'));
      expect(told).toContain(sent.id);
      const [{ message }] = await waggle('message', sent.id);
      expect(message).toMatchObject({ state: 'acked', attempt: 1 });
    });
  },
);

/** The id and generation of the one message that was leased, in all the model was told. */
function leaseIn(told: string): { id: string; gen: number } {
  const [, id = '', gen = ''] = /"id":\s*"(msg_[0-9a-f-]+)",\s*"gen":\s*(\d+)/.exec(told) ?? [];
  return { id, gen: Number(gen) };
}
