import { WaggleError } from '../errors.ts';
import type { WireMessage } from '../hub/api.ts';
import { estimateTokens } from '../tokens.ts';
import { frameUntrusted } from '../untrusted-text.ts';
import type { AgentSession } from './tool.ts';

export const briefUri = 'waggle://brief';
const threadPrefix = 'waggle://threads/';

/** Of a thread at most this much is shown, the newest last; what came before is counted. */
const threadTokens = 8_000;
const threadMessages = 200;

export const resources = [
  {
    uri: briefUri,
    name: 'brief',
    description: 'What you must know to go on: missions, hand-offs, notes, waiting mail.',
    mimeType: 'text/markdown',
  },
];

export const resourceTemplates = [
  {
    uriTemplate: `${threadPrefix}{threadId}`,
    name: 'thread',
    description: 'The messages of a thread, oldest first.',
    mimeType: 'text/markdown',
  },
];

/** The text of a resource. `not_found` for an address that is none of ours. */
export async function readResource(session: AgentSession, uri: string, signal: AbortSignal): Promise<string> {
  if (uri === briefUri) return (await session.call('context.brief', { agent: session.agent }, signal)).text;
  if (uri.startsWith(threadPrefix)) return readThread(session, uri.slice(threadPrefix.length), signal);
  throw new WaggleError('not_found', `resource ${JSON.stringify(uri.slice(0, 200))} does not exist`, {
    details: { field: 'uri', value: uri.slice(0, 200) },
  });
}

async function readThread(session: AgentSession, threadId: string, signal: AbortSignal): Promise<string> {
  const messages: WireMessage[] = [];
  let after: string | undefined;
  do {
    const page = after === undefined ? {} : { after };
    const { messages: next, next: more } = await session.call('message.thread', { threadId, ...page }, signal);
    messages.push(...next);
    after = more;
  } while (after !== undefined && messages.length < threadMessages);
  const shown: string[] = [];
  let tokens = 0;
  for (const message of messages.toReversed()) {
    const text = frameUntrusted(contentOf(message), session.boundary(), aboutOf(message));
    tokens += estimateTokens(text);
    if (shown.length > 0 && tokens > threadTokens) break;
    shown.unshift(text);
  }
  const left = messages.length - shown.length;
  const before = left === 0 ? [] : [`${left} earlier messages are not shown: waggle thread ${threadId}`];
  const later = after === undefined ? [] : [`There are later messages: waggle thread ${threadId}`];
  return [`# Thread ${threadId}`, ...before, ...shown, ...later].join('\n\n');
}

function contentOf({ subject, bodyText }: WireMessage): string {
  return subject === null ? bodyText : `Subject: ${subject}\n\n${bodyText}`;
}

function aboutOf({ id, from, to, kind, createdAt, state }: WireMessage): string {
  return `${kind} from ${from} to ${to}, ${createdAt}, ${state}, ${id}`;
}
