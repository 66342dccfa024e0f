import { go, place } from '../../app/router.ts';
import { call } from '../../live/api.ts';
import { useResource } from '../../live/resource.ts';
import { Empty, Trouble } from '../../ui/empty.tsx';
import { VirtualGrid } from '../../ui/virtual-grid.tsx';
import { messageColumns, messageRowHeight } from './message-columns.tsx';

const mostHits = 200;

/** What holds the words, newest first, within the filters. */
export function FoundMessages({ text }: { text: string }) {
  const { inbox = '', from = '', state = '' } = place.value.query;
  const found = useResource(
    `${text} ${inbox}`,
    (signal) => call('message.search', { text, limit: mostHits, ...(inbox === '' ? {} : { inbox }) }, signal),
    { changedBy: ({ type }) => type.startsWith('message.') },
  );
  const hits = found.data.value?.hits
    .map(({ message }) => message)
    .filter((message) => (from === '' || message.from === from) && (state === '' || message.state === state));
  if (hits?.length === 0) return <Empty title="No message holds all these words" />;
  return (
    <div class="list">
      <Trouble text={found.trouble.value} />
      <VirtualGrid
        label="Messages found"
        rows={hits ?? []}
        keyOf={({ id }) => id}
        columns={messageColumns}
        rowHeight={messageRowHeight}
        selected={place.value.rest[0]}
        onOpen={({ id }) => go('messages', id)}
      />
      <p class="list-foot">
        {hits === undefined ? 'Searching…' : `${hits.length}${hits.length === mostHits ? ' or more' : ''} found`}
      </p>
    </div>
  );
}
