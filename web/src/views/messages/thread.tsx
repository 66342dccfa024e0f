import type { WireMessage } from '../../../../src/hub/api.ts';
import { addressOf } from '../../app/router.ts';
import { call, type OverHttp } from '../../live/api.ts';
import { useResource } from '../../live/resource.ts';
import { shownLine } from '../../ui/text.ts';
import { ago } from '../../ui/time.ts';
import { excerpt } from './message-columns.tsx';

/** The thread a message stands in, oldest first; nothing for a thread of one. */
export function Thread({ message }: { message: OverHttp<WireMessage> }) {
  const { threadId, id } = message;
  const thread = useResource(threadId, (signal) => call('message.thread', { threadId, limit: 100 }, signal), {
    changedBy: ({ type }) => type === 'message.accepted',
  });
  const messages = thread.data.value?.messages ?? [];
  if (messages.length < 2) return null;
  return (
    <>
      <h3>Thread</h3>
      <ol class="thread">
        {messages.map((one) => (
          <li key={one.id} aria-current={one.id === id ? 'true' : undefined}>
            <a href={addressOf('messages', one.id)}>
              <span>
                {shownLine(one.from)} → {shownLine(one.to)} <small>{ago(one.createdAt)}</small>
              </span>
              <span class="cut">{one.subject === null ? excerpt(one.body) : shownLine(one.subject)}</span>
            </a>
          </li>
        ))}
      </ol>
    </>
  );
}
