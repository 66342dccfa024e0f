import { useState } from 'preact/hooks';
import { go, place } from '../../app/router.ts';
import { call, sentenceOf } from '../../live/api.ts';
import { useResource } from '../../live/resource.ts';
import { Empty, Trouble } from '../../ui/empty.tsx';
import { shownLine } from '../../ui/text.ts';
import { ago } from '../../ui/time.ts';
import { type Column, VirtualGrid } from '../../ui/virtual-grid.tsx';
import { excerpt, messageRowHeight } from './message-columns.tsx';

async function deadLetters(signal: AbortSignal) {
  return (await call('dead.list', { limit: 500 }, signal)).dead;
}

type Letter = Awaited<ReturnType<typeof deadLetters>>[number];

const columns: readonly Column<Letter>[] = [
  {
    head: 'Inbox',
    width: 'minmax(7rem, 1fr)',
    cell: ({ message }) => (
      <span class="stack">
        <span class="cut">{shownLine(message.to)}</span>
        <small class="cut">from {shownLine(message.from)}</small>
      </span>
    ),
  },
  {
    head: 'Message',
    width: 'minmax(8rem, 2fr)',
    cell: ({ message: { subject, body } }) => (
      <span class="cut">{subject === null ? excerpt(body) : shownLine(subject)}</span>
    ),
  },
  {
    head: 'Why it died',
    width: 'minmax(8rem, 2fr)',
    cell: ({ errors }) => (
      <span class="stack">
        <span class="cut">{shownLine(errors.at(-1)?.reason ?? 'not known')}</span>
        <small>
          {errors.length} {errors.length === 1 ? 'attempt' : 'attempts'}
        </small>
      </span>
    ),
  },
  {
    head: 'Since',
    width: '6rem',
    isExtra: true,
    cell: ({ message, errors }) => <small>{ago(errors.at(-1)?.at ?? message.settledAt)}</small>,
  },
];

/** Messages that ran out of attempts: nothing is lost, and somebody has to decide. */
export function DeadLetters() {
  const dead = useResource('dead', deadLetters, {
    changedBy: ({ type }) => type === 'message.dead' || type === 'message.redriven' || type === 'message.purged',
  });
  const [trouble, setTrouble] = useState<string>();
  const rows = dead.data.value;
  if (rows?.length === 0) {
    return (
      <Empty title="No dead letters">
        <p>A message that fails five times, or for good, is kept here until you put it back in line or delete it.</p>
      </Empty>
    );
  }
  const redriveAll = () =>
    call('dead.redrive', { ids: (rows ?? []).map(({ message }) => message.id) }).then(
      () => setTrouble(undefined),
      (error: unknown) => setTrouble(sentenceOf(error)),
    );
  return (
    <div class="list">
      <Trouble text={trouble ?? dead.trouble.value} />
      <VirtualGrid
        label="Dead letters"
        rows={rows ?? []}
        keyOf={({ message }) => message.id}
        columns={columns}
        rowHeight={messageRowHeight}
        selected={place.value.rest[0]}
        onOpen={({ message }) => go('messages', message.id)}
      />
      <p class="list-foot">
        <span>
          {rows?.length ?? 0} dead {rows?.length === 1 ? 'letter' : 'letters'}
        </span>
        <button type="button" onClick={() => void redriveAll()}>
          Put all of these back in line
        </button>
      </p>
    </div>
  );
}
