import { invalidInput, WaggleError } from '../errors.ts';
import { findSwarmDirectory, requireOwnDirectory, swarmDirectory } from '../hub/swarm-directory.ts';
import { askSwarm } from './ask-swarm.ts';
import { decide, type Found } from './decide.ts';
import { dialects } from './dialects.ts';
import type { HookAnswer, HookCall } from './hook-call.ts';
import { type HookPayload, parsePayload } from './hook-payload.ts';
import type { Occasion, Said } from './occasion.ts';
import { SessionStore } from './session-store.ts';

/** Tokens of the brief at the beginning of a session; Codex moves more than 2,500 into a file. */
const briefTokens = 1_500;

/**
 * Answers one event of a client. Never rejects for anything the hub does or does not do: an agent goes on without news.
 * What is wrong with the call itself is `invalid_input` with exit code 1, because 2 would block the agent.
 */
export async function answerHook(call: HookCall): Promise<HookAnswer> {
  const dialect = dialects[call.client];
  try {
    const occasion = Object.hasOwn(dialect.events, call.event) ? dialect.events[call.event] : undefined;
    if (occasion === undefined)
      throw invalidInput(
        'event',
        call.event,
        `must be of ${[...Object.keys(dialect.events), ...waits(call)].join(', ')}`,
      );
    const payload = parsePayload(call.payload);
    const path = findSwarmDirectory(call.dir, payload.cwd ?? call.cwd);
    if (path === undefined) return { exitCode: 0, stdout: dialect.answer(call.event, {}), stderr: undefined }; // no swarm, no news
    const words = await said(call, path, occasion, payload);
    const answer = { exitCode: 0, stdout: dialect.answer(call.event, words), stderr: undefined } as const;
    const { told: ids = [] } = words;
    return ids.length === 0 ? answer : { ...answer, told: { directory: path, ids } };
  } catch (error) {
    const isMisuse = error instanceof WaggleError && error.code === 'invalid_input';
    const text = error instanceof WaggleError ? `${error.code}: ${error.message}` : `internal: ${String(error)}`;
    return { exitCode: isMisuse ? 1 : 0, stdout: {}, stderr: text };
  }
}

const waits = ({ client }: HookCall) => (client === 'claude' ? ['wait'] : []);

async function said(call: HookCall, path: string, occasion: Occasion, payload: HookPayload): Promise<Said> {
  requireOwnDirectory(swarmDirectory(path));
  const sessions = new SessionStore(path, call.agent, call.clock);
  if (occasion === 'end') {
    sessions.forget(payload.session);
    await askSwarm(call, path, { briefTokens: undefined });
    return {};
  }
  const isBriefDue = await sessions.update(payload.session, (record) => {
    const begun = occasion === 'start' ? { ...record, told: [], isIdle: true, isBriefDue: true } : record;
    const moved = occasion === 'prompt' || occasion === 'tool' ? { ...begun, isIdle: false } : begun;
    const next = occasion === 'compacted' ? { ...moved, told: [], isBriefDue: true } : moved;
    return { record: next, value: next.isBriefDue && occasion !== 'stop' };
  });
  const hears = dialects[call.client].hears(call.event) && !payload.isSubagent;
  const news = await askSwarm(call, path, { briefTokens: hears && isBriefDue ? briefTokens : undefined });
  if (news === undefined && occasion !== 'stop') return {};
  const found: Found = news ?? { unread: 0, messages: [], brief: undefined };
  return sessions.update(payload.session, (record) =>
    decide({
      occasion,
      agent: call.agent,
      payload,
      record,
      found,
      hears,
      now: call.clock.now(),
      boundary: call.boundary(),
    }),
  );
}
