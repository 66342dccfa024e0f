import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import type { Availability, DeliveryDoor, DoorOutcome } from '../delivery-door.ts';
import type { Urgency } from '../urgency.ts';
import { wakeNotice } from '../wake-notice.ts';
import { CodexServer } from './codex-server.ts';

const loaded = z.object({ data: z.array(z.string()) });
const read = z.object({
  thread: z.object({
    status: z.object({ type: z.string() }),
    ephemeral: z.boolean().optional(),
    parentThreadId: z.string().nullish(),
  }),
});
const turns = z.object({ data: z.array(z.object({ id: z.string(), status: z.string() })) });

/** A running turn ends some time; nobody says when. */
const busyRetryMs = 5_000;

/**
 * Begins a turn in the thread a Codex TUI has open at an app-server it shares (`codex app-server --listen unix://…`, `codex
 * --remote unix://…`): `turn/start` while it is idle. In a turn that runs only what is urgent goes in, by `turn/steer`, which
 * Codex takes up between two of its steps; everything else waits for its end. Approval or input that the thread waits for is
 * never answered here.
 */
export function codexAppServerDoor(clock: Clock, version: string): DeliveryDoor {
  const withServer = async <T>(settings: Settings, use: (server: CodexServer, thread: Thread) => Promise<T>) => {
    await using server = await CodexServer.connect(settings['socket'] ?? '', clock, version);
    // Awaited here: the connection must not end before its use does.
    return await use(server, await threadOf(server, settings));
  };
  return {
    name: 'codex-app-server',
    repeatable: false,
    cost: 'a turn',
    async look({ settings }, urgency) {
      try {
        return await withServer(settings, async (_, { status }) => mayEnter(status, urgency));
      } catch (error) {
        return { open: false, reason: reasonOf(error) };
      }
    },
    async deliver({ agent, settings, messages, urgency }) {
      const input = [{ type: 'text', text: wakeNotice(agent, messages) }];
      // Once the turn was asked for, an answer that does not come means that nobody knows.
      let isAsked = false;
      try {
        return await withServer(settings, async (server, { id: threadId, status }): Promise<DoorOutcome> => {
          const found = mayEnter(status, urgency);
          if (!found.open) return { result: 'refused', reason: found.reason, retryAfterMs: busyRetryMs };
          const expectedTurnId = status === 'active' ? await runningTurn(server, threadId) : undefined;
          if (status === 'active' && expectedTurnId === undefined) {
            return { result: 'refused', reason: 'its turn ended just now', retryAfterMs: 0 };
          }
          isAsked = true;
          if (expectedTurnId === undefined) await server.call('turn/start', { threadId, input });
          else await server.call('turn/steer', { threadId, expectedTurnId, input });
          return { result: 'injected' };
        });
      } catch (error) {
        const why = reasonOf(error);
        if (isAsked && !isRefusal(error)) return { result: 'uncertain', why };
        return { result: 'refused', reason: why };
      }
    },
  };
}

type Settings = Readonly<Record<string, string>>;

interface Thread {
  readonly id: string;
  readonly status: string;
}

function mayEnter(status: string, urgency: Urgency): Availability {
  switch (status) {
    case 'idle':
      return { open: true };
    case 'active':
      return urgency === 'interrupt'
        ? { open: true }
        : { open: false, reason: 'a turn is running; only urgent mail goes into it' };
    default:
      return { open: false, reason: `its thread is ${status}` };
  }
}

/** The thread that is named, else the only one a person has open. */
async function threadOf(server: CodexServer, { thread }: Settings): Promise<Thread> {
  const { data } = loaded.parse(await server.call('thread/loaded/list', {}));
  if (thread !== undefined) {
    if (!data.includes(thread)) throw new Error(`the Codex server has thread ${thread} not loaded`);
    return { id: thread, status: (await readThread(server, thread)).status.type };
  }
  const [only, ...others] = (await Promise.all(data.map((id) => openThread(server, id)))).flat();
  if (only === undefined) throw new Error('the Codex server has no thread loaded');
  if (others.length > 0)
    throw new Error(`the Codex server has ${others.length + 1} threads loaded; say which with --thread`);
  return only;
}

/**
 * Beside the thread a TUI shows, its server has others loaded for a minute or so: a short-lived one that finds a title
 * after the first turn (seen in 0.169), those of sub-agents. Nobody reads mail in them.
 */
async function openThread(server: CodexServer, id: string): Promise<Thread[]> {
  try {
    const { status, ephemeral, parentThreadId } = await readThread(server, id);
    return ephemeral === true || parentThreadId != null ? [] : [{ id, status: status.type }];
  } catch (error) {
    if (isRefusal(error)) return []; // it was unloaded in between
    throw error;
  }
}

async function readThread(server: CodexServer, threadId: string) {
  return read.parse(await server.call('thread/read', { threadId })).thread;
}

async function runningTurn(server: CodexServer, threadId: string): Promise<string | undefined> {
  const { data } = turns.parse(await server.call('thread/turns/list', { threadId, limit: 1, sortDirection: 'desc' }));
  return data.find(({ status }) => status === 'inProgress')?.id;
}

/** Words of the server: it did not do what it was asked for. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('the Codex server refused');
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return 'the Codex server speaks another protocol';
  return error instanceof Error ? error.message : String(error);
}
