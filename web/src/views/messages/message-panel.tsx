import { useState } from 'preact/hooks';
import type { OutputOf } from '../../../../src/hub/api.ts';
import { isOpen } from '../../../../src/message/message.ts';
import { addressOf, go, place } from '../../app/router.ts';
import { call, type OverHttp, sentenceOf } from '../../live/api.ts';
import { useResource } from '../../live/resource.ts';
import { Chip } from '../../ui/chip.tsx';
import { Trouble } from '../../ui/empty.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Icon } from '../../ui/icon.tsx';
import { bodyText, shownLine } from '../../ui/text.ts';
import { ago, exactTime } from '../../ui/time.ts';
import { draft } from './draft.ts';
import { Life } from './life.tsx';
import { Thread } from './thread.tsx';

type Shown = OverHttp<OutputOf<'message.get'>>;

/** One message: what it says, where it is in its life and how it came there, and the thread around it. */
export function MessagePanel({ id }: { id: string }) {
  const found = useResource(id, (signal) => call('message.get', { id }, signal), {
    changedBy: (event) => event.messageId === id,
  });
  const shown = found.data.value;
  return (
    <aside class="panel" aria-label="Message">
      <header class="panel-head">
        <h2>{shown === undefined ? 'Message' : shownLine(shown.message.subject ?? 'Without a subject')}</h2>
        <a class="quiet" href={backAddress()} title="Close">
          <Icon name="close" />
          <span class="unseen">Close</span>
        </a>
      </header>
      <Trouble text={found.trouble.value} />
      {shown === undefined ? null : <Contents shown={shown} />}
    </aside>
  );
}

function backAddress(): string {
  const query = new URLSearchParams(place.value.query).toString();
  return query === '' ? addressOf('messages') : `${addressOf('messages')}?${query}`;
}

function Contents({ shown }: { shown: Shown }) {
  const { message } = shown;
  return (
    <>
      <Facts
        facts={[
          [
            'From',
            message.via === undefined ? shownLine(message.from) : `${shownLine(message.from)}, via ${message.via}`,
          ],
          ['To', shownLine(message.to)],
          ['State', <Chip state={message.state} />],
          ['Priority', message.priority === 'normal' ? undefined : message.priority],
          ['Kind', message.kind === 'text' ? undefined : shownLine(message.kind)],
          ['Attempt', `${message.attempt} of ${message.maxAttempts}`],
          ['Accepted', `${exactTime(message.createdAt)}, ${ago(message.createdAt)}`],
          ['Ack by', message.ackByAt === undefined ? undefined : exactTime(message.ackByAt)],
          ['Ends', message.expiresAt === undefined ? undefined : exactTime(message.expiresAt)],
          ['Recovered', message.provenance === undefined ? undefined : shownLine(JSON.stringify(message.provenance))],
          ['Id', <code class="id">{message.id}</code>],
        ]}
      />
      <Actions message={message} />
      <h3>Body</h3>
      {/* biome-ignore lint: a long body scrolls, and a keyboard must reach it */}
      <pre class="body" tabIndex={0} aria-label="Body of the message">
        {bodyText(message.body)}
      </pre>
      <h3>Life</h3>
      <Life shown={shown} />
      <Thread message={message} />
    </>
  );
}

function Actions({ message }: { message: Shown['message'] }) {
  const [trouble, setTrouble] = useState<string>();
  const run = (what: Promise<unknown>) =>
    void what.then(
      () => setTrouble(undefined),
      (error: unknown) => setTrouble(sentenceOf(error)),
    );
  const { id, threadId, from, subject } = message;
  const reply = () => {
    draft.value = { to: from, subject: subject === null ? '' : `Re: ${subject}`.slice(0, 200), body: '', replyTo: id };
  };
  const edit = () => {
    const isJson = message.bodyType === 'json';
    draft.value = {
      to: message.to,
      subject: subject ?? '',
      body: isJson ? JSON.stringify(message.body, null, 2) : String(message.body),
      isJson,
      kind: message.kind,
      priority: message.priority,
      threadId,
      mends: id,
    };
  };
  const purge = async () => {
    await call('dead.purge', { ids: [id] });
    go('messages');
  };
  return (
    <>
      <div class="actions">
        {message.state === 'dead' ? (
          <>
            <button type="button" class="primary" onClick={() => run(call('dead.redrive', { ids: [id] }))}>
              Redrive
            </button>
            <button type="button" onClick={edit}>
              Edit and send again
            </button>
            <button type="button" class="danger" onClick={() => run(purge())}>
              Delete for good
            </button>
          </>
        ) : null}
        {isOpen(message.state) ? (
          <button type="button" onClick={() => run(call('message.cancel', { id }))}>
            Cancel it
          </button>
        ) : null}
        <button type="button" onClick={reply}>
          Reply
        </button>
      </div>
      <Trouble text={trouble} />
    </>
  );
}
