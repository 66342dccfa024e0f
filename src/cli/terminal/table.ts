import { plainLine } from '../../plain.ts';
import type { Output } from './output.ts';

export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
}

export type Row = readonly (string | number)[];

const bare = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Rows for a person (aligned, with a heading) or for a pipe (tab-separated, no heading). Cells are made safe here. */
export async function printTable(output: Output, columns: readonly Column[], rows: readonly Row[]): Promise<void> {
  if (!output.isTerminal) {
    for (const row of rows) output.cells(row);
    return;
  }
  // Loaded only here: a pipe and --json never pay for it.
  const { default: Table } = await import('cli-table3');
  const table = new Table({
    head: columns.map((column) => output.style.dim(column.head)),
    colAligns: columns.map((column) => column.align ?? 'left'),
    chars: bare,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push(row.map((cell) => plainLine(String(cell))));
  for (const line of table.toString().split('\n')) output.line(line.trimEnd());
}
