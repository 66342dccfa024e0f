import type { WireInboxStats } from '../../../../src/hub/api.ts';
import { addressOf, go } from '../../app/router.ts';
import { Command, Empty } from '../../ui/empty.tsx';
import { shownLine } from '../../ui/text.ts';
import { ago } from '../../ui/time.ts';
import { type Column, VirtualGrid } from '../../ui/virtual-grid.tsx';

const columns: readonly Column<WireInboxStats>[] = [
  { head: 'Inbox', width: 'minmax(7rem, 2fr)', cell: ({ inbox }) => <span class="cut">{shownLine(inbox)}</span> },
  { head: 'Ready', width: '4rem', isNumber: true, cell: ({ ready }) => ready.toLocaleString() },
  { head: 'In hand', width: '4rem', isNumber: true, cell: ({ leased }) => leased.toLocaleString() },
  { head: 'Dead', width: '4rem', isNumber: true, cell: ({ dead }) => dead.toLocaleString() },
  {
    head: 'Oldest',
    width: '6rem',
    isExtra: true,
    isNumber: true,
    cell: ({ oldestReadyAt }) => (oldestReadyAt === undefined ? '–' : ago(oldestReadyAt)),
  },
];

/** Every inbox, the fullest first. */
export function Inboxes({ inboxes }: { inboxes: readonly WireInboxStats[] }) {
  const rows = inboxes.toSorted((a, b) => b.ready + b.leased - a.ready - a.leased || a.inbox.localeCompare(b.inbox));
  return (
    <section class="block" aria-labelledby="inboxes">
      <h2 id="inboxes">Inboxes</h2>
      {rows.length === 0 ? (
        <Empty title="There is no inbox yet">
          <p>Every agent that is registered has one:</p>
          <Command>waggle agent add reviewer</Command>
        </Empty>
      ) : (
        <VirtualGrid
          label="Inboxes"
          rows={rows}
          keyOf={({ inbox }) => inbox}
          columns={columns}
          rowHeight={38}
          onOpen={({ inbox }) => {
            go('messages');
            location.hash = `${addressOf('messages')}?inbox=${encodeURIComponent(inbox)}`;
          }}
        />
      )}
    </section>
  );
}
