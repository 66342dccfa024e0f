import { describe, expect, test } from 'vitest';
import { type Step, scriptedClient, takesOne } from '../support/agents/client-runs.ts';
import { clientsAreMissing } from '../support/agents/clients.ts';
import type { ModelTurn } from '../support/agents/model-server.ts';
import { agentsProject } from '../support/agents/project.ts';

const rounds = 5;

describe.skipIf(clientsAreMissing !== undefined)(
  `agents of different kinds with scripted models (${clientsAreMissing ?? 'installed'})`,
  () => {
    test('Claude Code and Codex exchange ten messages in one swarm, and every receipt is complete', async () => {
      const { folder, waggle } = await agentsProject('ada', 'bob');
      await waggle('init', '--client', 'claude', '--agent', 'ada');
      await waggle('init', '--client', 'codex', '--agent', 'bob');
      await using ada = await scriptedClient('claude', asks('bob'), folder);
      await using bob = await scriptedClient('codex', answers('ada'), folder);

      const ran = await Promise.all([ada.prompt('ask bob five times'), bob.prompt('answer ada')]);
      expect(ran.map(({ code, stderr }) => ({ code, stderr: code === 0 ? '' : stderr }))).toEqual(
        ran.map(() => ({ code: 0, stderr: '' })),
      );
      expect([...ada.model.refused, ...bob.model.refused]).toEqual([]);

      // Each model got each text, in the other's words and order.
      const told = (client: typeof ada) => client.model.turns.at(-1)?.texts.join('\n') ?? '';
      expect(textsIn(told(bob), 'question')).toEqual(counted('question'));
      expect(textsIn(told(ada), 'answer')).toEqual(counted('answer'));

      for (const [inbox, from] of [
        ['ada', 'bob'],
        ['bob', 'ada'],
      ] as const) {
        const [{ records, uncertain }] = await waggle('delivery', 'status', inbox);
        expect(uncertain).toEqual([]);
        expect(records).toHaveLength(rounds);
        for (const { messageId } of records) {
          const [{ message, receipt }] = await waggle('message', messageId);
          expect(message).toMatchObject({ from, state: 'acked', attempt: 1 });
          expectComplete(receipt);
        }
        const [{ messages }] = await waggle('inbox', inbox, '--peek');
        expect(messages).toEqual([]);
      }
    });
  },
);

/** Sends a question, takes the answer and settles it, five times. */
function* asks(peer: string): Generator<Step, void, ModelTurn> {
  for (let round = 1; round <= rounds; round += 1) {
    yield { tool: 'send_message', input: () => ({ to: peer, body: `question ${round}` }) };
    yield* takesOne();
  }
}

function* answers(peer: string): Generator<Step, void, ModelTurn> {
  for (let round = 1; round <= rounds; round += 1) {
    yield* takesOne();
    yield { tool: 'send_message', input: () => ({ to: peer, body: `answer ${round}` }) };
  }
}

const counted = (word: string) => Array.from({ length: rounds }, (_, index) => `${word} ${index + 1}`);

/** What stands in frames around others' words. */
function textsIn(told: string, word: string): string[] {
  return [...told.matchAll(new RegExp(String.raw`<data-[0-9a-f]+>\\*n?\s*(${word} \d)`, 'g'))].map(
    ([, text = '']) => text,
  );
}

/**
 * Every step has its time, none before the one it follows from. Word of it may have come by a hook, then the model has
 * seen it before anybody leased it, or with the mail.
 */
function expectComplete(receipt: Record<string, string>): void {
  expect(receipt).toMatchObject({ state: 'acked', door: expect.stringMatching(/^(hooks|pull)$/) });
  const { storedAt = '', leasedAt = '', injectedAt = '', seenAt = '', ackedAt = '' } = receipt;
  for (const way of [
    [storedAt, leasedAt, ackedAt],
    [storedAt, injectedAt, seenAt],
  ]) {
    expect(way.every((at) => !Number.isNaN(Date.parse(at)))).toBe(true);
    expect(way).toEqual(way.toSorted());
  }
}
