import { sleep } from '../clock.ts';
import type { MessageDigest } from '../hub/api.ts';
import { findSwarmDirectory, requireOwnDirectory, swarmDirectory } from '../hub/swarm-directory.ts';
import { connectSwarm } from '../sdk/connect.ts';
import type { Swarm } from '../sdk/swarm.ts';
import { wakeWords } from './decide.ts';
import type { Digest } from './digest.ts';
import { type HookAnswer, type HookCall, silent } from './hook-call.ts';
import { parsePayload } from './hook-payload.ts';
import { SessionStore } from './session-store.ts';
import { Waiter } from './waiter.ts';
import { mayWake } from './wake-guard.ts';

/** How often a waiter looks whether it is still wanted. */
const lookMs = 1_000;
/** One request waits at most this long. */
const waitMs = 60_000;
/** Without a hub, or with a guard that says no, the next look comes after this. */
const pauseMs = 2_000;

/**
 * `waggle hook claude wait`: waits in the background of an idle session and ends with exit code 2 and a text on stderr
 * when urgent mail comes, which starts a turn there. Ends silently when a newer waiter took its place, the session or the
 * client is gone, or it is told to stop. `parent` is read again and again: it changes when the client dies.
 */
export async function waitForMail(call: HookCall, parent: () => number): Promise<HookAnswer> {
  const { session, cwd } = parsePayload(call.payload);
  const path = findSwarmDirectory(call.dir, cwd ?? call.cwd);
  if (path === undefined) return silent;
  requireOwnDirectory(swarmDirectory(path));
  const sessions = new SessionStore(path, call.agent, call.clock);
  await sessions.update(session, (record) => ({ record, value: undefined })); // makes the folder
  const waiter = new Waiter(sessions.waiterFile(session), `${process.pid} ${call.boundary()}`);
  waiter.claim();
  const unwanted = watch(call, waiter, parent);
  try {
    while (!unwanted.signal.aborted) {
      const wake = await nextWake(call, path, session, sessions, unwanted.signal);
      // Looked at last: of two waiters that saw the same message, only the newer one speaks.
      if (wake === undefined || !waiter.isTheOne) continue;
      return { exitCode: 2, stdout: undefined, stderr: wake.text, told: { directory: path, ids: wake.told } };
    }
    return silent;
  } finally {
    unwanted.end();
    waiter.leave();
  }
}

/** Aborts as soon as nobody wants this waiter any more. */
function watch({ clock, stop }: HookCall, waiter: Waiter, parent: () => number) {
  const unwanted = new AbortController();
  const client = parent();
  let cancel = () => {};
  const look = () => {
    if (!waiter.isTheOne || parent() !== client || stop.aborted) unwanted.abort();
    else cancel = clock.setTimer(lookMs, look);
  };
  stop.addEventListener('abort', look, { once: true });
  cancel = clock.setTimer(lookMs, look);
  return {
    signal: unwanted.signal,
    end() {
      cancel();
      stop.removeEventListener('abort', look);
    },
  };
}

/** One round: the words to wake the agent with, or undefined when the time was over, the hub away or the guard against it. */
async function nextWake(
  call: HookCall,
  path: string,
  session: string,
  sessions: SessionStore,
  signal: AbortSignal,
): Promise<Digest | undefined> {
  const { agent, clock } = call;
  let swarm: Swarm | undefined;
  try {
    swarm = await connectSwarm({ dir: path, start: false, clock });
    for (let after = 0; !signal.aborted; ) {
      const { messages } = await swarm.digest(agent, {
        priority: 'urgent',
        ...(after === 0 ? {} : { after }),
        waitMs,
        limit: 50,
        signal,
      });
      const wake = await sessions.update(session, (record) => {
        // A turn that runs hears of it by itself.
        const may = record.isIdle
          ? mayWake({ ...record, chain: 0 }, idsOf(messages), clock.now())
          : { for: [], record };
        const waking = messages.filter(({ id }) => may.for.includes(id));
        const isHeld = idsOf(messages).some((id) => !may.record.woken.includes(id));
        return { record: may.record, value: { words: wakeWords(agent, waking, call.boundary()), isHeld } };
      });
      if (wake.words !== undefined) return wake.words;
      if (wake.isHeld) break; // looked at again after a pause: the guard's limits end by themselves
      after = Math.max(after, ...messages.map(({ inboxSeq }) => inboxSeq));
    }
  } catch {
    // No hub now, or one that is leaving: another may come.
  } finally {
    void swarm?.close().catch(() => {});
  }
  await sleep(clock, pauseMs, signal).catch(() => {});
  return undefined;
}

const idsOf = (messages: readonly MessageDigest[]) => messages.map(({ id }) => id);
