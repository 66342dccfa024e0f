import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { codexAppServerDoor } from '../../src/delivery/doors/codex-app-server.ts';
import { codexQueueDoor } from '../../src/delivery/doors/codex-queue.ts';
import { execDoor } from '../../src/delivery/doors/exec.ts';
import { randomHex } from '../../src/ids.ts';
import { messageOf } from '../../src/testing/contracts/door-contract.ts';
import { scriptedClient } from '../support/agents/client-runs.ts';
import { clientProgram, clientsAreMissing, codexHome } from '../support/agents/clients.ts';
import { startAppServer } from '../support/agents/codex-app-server.ts';
import { type ModelServer, type ModelTurn, startModelServer } from '../support/agents/model-server.ts';

/** Doors into the real clients: what a fake server cannot prove is that these do what their protocol says. */
const signal = () => new AbortController().signal;
const at = (settings: Record<string, string>, urgency: 'next-turn' | 'interrupt' = 'next-turn') =>
  ({ agent: 'ada', settings, messages: [messageOf(1)], urgency }) as const;
const isToldOf = (turn: ModelTurn) => turn.texts.some((text) => text.includes('1 message waits for you, from bob'));

describe.skipIf(clientsAreMissing !== undefined)(
  `doors into real clients (${clientsAreMissing ?? 'installed'})`,
  () => {
    test('an idle Codex begins a turn, and one that works takes in only what is urgent', async () => {
      const goOn = Promise.withResolvers<void>();
      await using model = await startModelServer(async (turn) => {
        if (turn.number === 1) await goOn.promise;
        return { say: `turn ${turn.number}` };
      });
      using home = codexHome(model.url);
      await using server = await startAppServer(home);
      const thread = await server.startThread();
      const door = codexAppServerDoor(systemClock, 'test');
      const settings = { socket: server.socket };
      expect(await door.look({ agent: 'ada', settings }, 'next-turn')).toEqual({ open: true });
      expect(await door.deliver(at(settings), signal())).toEqual({ result: 'injected' });
      expect(isToldOf(await model.saw(isToldOf))).toBe(true);
      // The first turn hangs at the model: the thread is at work.
      await expect.poll(() => door.look({ agent: 'ada', settings }, 'next-turn')).toMatchObject({ open: false });
      expect(await door.deliver(at({ ...settings, thread }), signal())).toMatchObject({ result: 'refused' });
      expect(await door.deliver(at(settings, 'interrupt'), signal())).toEqual({ result: 'injected' });
      goOn.resolve();
      const steered = await model.saw(
        (turn) => turn.texts.filter((text) => text.includes('1 message waits for you')).length === 2,
      );
      expect(steered.number).toBe(2);
      await expect.poll(() => door.look({ agent: 'ada', settings }, 'next-turn')).toEqual({ open: true });
      expect(model.refused).toEqual([]);
    });

    test.each(['claude', 'codex'] as const)(
      'a headless %s is resumed with its mail and answers in the same session',
      async (name) => {
        await using client = await scriptedClient(name, [{ say: 'ready' }, { say: 'read it' }]);
        execFileSync('git', ['init', '--quiet'], { cwd: client.home.project }); // Codex works in repositories only
        const settings = { client: name, session: await beginSession(name, client), folder: client.home.project };
        const environment = {
          ...client.home.env,
          PATH: `${dirname(clientProgram(name))}:${client.home.env['PATH'] ?? ''}`,
        };
        const door = execDoor({
          agents: join(client.home.path, 'agents'),
          environment,
          newBoundary: () => randomHex(8),
        });
        expect(await door.look({ agent: 'ada', settings }, 'next-turn')).toEqual({ open: true });
        expect(await door.deliver(at(settings), signal())).toEqual({ result: 'seen' });
        const told = await model(client.model);
        expect(told.texts.join('\n')).toContain('remember the blue door'); // what was said before is still there
        expect(told.texts.join('\n')).toMatch(/<data-[0-9a-f]{16}>\ntext 1\n/);
        expect(client.model.refused).toEqual([]);
      },
    );

    test('codex queue leaves its notice with a session that is there, and refuses for one that is not', async () => {
      await using client = await scriptedClient('codex', [{ say: 'ready' }]);
      const thread = await beginSession('codex', client);
      const environment = {
        ...client.home.env,
        PATH: `${dirname(clientProgram('codex'))}:${client.home.env['PATH'] ?? ''}`,
      };
      const door = codexQueueDoor({ agents: join(client.home.path, 'agents'), environment });
      expect(await door.deliver(at({ thread }), signal())).toEqual({ result: 'injected' });
      const gone = await door.deliver(at({ thread: '00000000-0000-7000-8000-000000000000' }), signal());
      expect(gone).toMatchObject({ result: 'refused', reason: expect.stringContaining('codex queue ended with') });
    });
  },
);

const model = (server: ModelServer) => server.saw(isToldOf);

/** A first turn, whose session is then resumed. */
async function beginSession(
  name: 'claude' | 'codex',
  client: Awaited<ReturnType<typeof scriptedClient>>,
): Promise<string> {
  const prompt = 'remember the blue door';
  const { stdout, stderr } = await (name === 'claude'
    ? client.run('-p', prompt, '--output-format', 'json')
    : client.run('exec', '--skip-git-repo-check', '--json', prompt));
  const id = /"(?:session_id|thread_id)":\s*"([0-9a-f-]{36})"/.exec(stdout)?.[1];
  if (id === undefined) throw new Error(`no session in: ${stdout}${stderr}`);
  return id;
}
