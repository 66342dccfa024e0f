import { useEffect, useMemo } from 'preact/hooks';
import { messageStates } from '../../../../src/message/message.ts';
import { go, place } from '../../app/router.ts';
import { Command, Empty, Trouble } from '../../ui/empty.tsx';
import { VirtualGrid } from '../../ui/virtual-grid.tsx';
import { messageColumns, messageRowHeight } from './message-columns.tsx';
import { type Filters, MessageLines } from './message-lines.ts';

/** All messages that pass the filters, newest first. */
export function ListedMessages() {
  const { inbox = '', from = '', state = '' } = place.value.query;
  const lines = useMemo(() => new MessageLines(filtersOf(inbox, from, state)), [inbox, from, state]);
  useEffect(() => lines.keep(), [lines]);
  const rows = lines.lines.value;
  const isFiltered = inbox !== '' || from !== '' || state !== '';
  if (rows.length === 0 && lines.isComplete.value) return <NoMessages isFiltered={isFiltered} />;
  return (
    <div class="list">
      <Trouble text={lines.trouble.value} />
      <VirtualGrid
        label="Messages"
        rows={rows}
        keyOf={({ id }) => id}
        columns={messageColumns}
        rowHeight={messageRowHeight}
        selected={place.value.rest[0]}
        onOpen={({ id }) => go('messages', id)}
        onNearEnd={() => void lines.more()}
      />
      <p class="list-foot">
        {rows.length.toLocaleString()} {rows.length === 1 ? 'message' : 'messages'}
        {lines.isComplete.value ? '' : ' so far; scroll for older ones'}
      </p>
    </div>
  );
}

function filtersOf(inbox: string, from: string, state: string): Filters {
  const known = messageStates.find((one) => one === state);
  return {
    ...(inbox === '' ? {} : { inbox }),
    ...(from === '' ? {} : { from }),
    ...(known === undefined ? {} : { state: known }),
  };
}

function NoMessages({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return <Empty title="No message passes these filters" />;
  return (
    <Empty title="No message has been sent yet">
      <p>Send one from here, or from any terminal of this project:</p>
      <Command>waggle send reviewer "please look at #12"</Command>
    </Empty>
  );
}
