import { describe, expect, test } from 'vitest';
import { type ClientName, type Step, scriptedClient } from '../support/agents/client-runs.ts';
import { clientsAreMissing } from '../support/agents/clients.ts';
import { agentsProject } from '../support/agents/project.ts';

const clients: readonly ClientName[] = ['claude', 'codex'];

describe.skipIf(clientsAreMissing !== undefined)(
  `real clients with a scripted model (${clientsAreMissing ?? 'installed'})`,
  () => {
    test.each(clients)('%s lists the server, and its model sends, reads and acks mail', async (name) => {
      const { folder, waggle } = await agentsProject('ada', 'bob');
      const steps: readonly Step[] = [
        { tool: 'send_message', input: () => ({ to: 'bob', body: `hello from ${name}` }) },
        { tool: 'check_inbox', input: () => ({}) },
        { tool: 'ack_message', input: ({ texts }) => leaseIn(texts.join('\n')) },
        { say: 'done' },
      ];
      await using client = await scriptedClient(name, steps, folder);
      await waggle('init', '--client', name, '--agent', 'ada');
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
