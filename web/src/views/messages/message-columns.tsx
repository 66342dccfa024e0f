import { Chip } from '../../ui/chip.tsx';
import { shownLine } from '../../ui/text.ts';
import { ago } from '../../ui/time.ts';
import type { Column } from '../../ui/virtual-grid.tsx';
import type { Line } from './message-lines.ts';

/** Height of a row of messages, in pixels. */
export const messageRowHeight = 52;

export const messageColumns: readonly Column<Line>[] = [
  {
    head: 'From → to',
    width: 'minmax(8rem, 1fr)',
    cell: ({ from, to }) => (
      <span class="stack">
        <span class="cut">{shownLine(from)}</span>
        <small class="cut">→ {shownLine(to)}</small>
      </span>
    ),
  },
  {
    head: 'Message',
    width: 'minmax(9rem, 3fr)',
    cell: ({ subject, body, priority, kind }) => (
      <span class="stack">
        <span class="cut">
          {priority === 'urgent' || priority === 'high' ? <b class="priority">{priority} </b> : null}
          {subject === null ? excerpt(body) : shownLine(subject)}
        </span>
        <small class="cut">
          {kind === 'text' ? '' : `${shownLine(kind)} · `}
          {subject === null ? '' : excerpt(body)}
        </small>
      </span>
    ),
  },
  { head: 'State', width: '6.5rem', cell: ({ state }) => <Chip state={state} /> },
  { head: 'When', width: '6rem', isExtra: true, cell: ({ createdAt }) => <small>{ago(createdAt)}</small> },
];

/** Only its beginning crosses the door. */
export function excerpt(body: unknown): string {
  return shownLine((typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 200));
}
