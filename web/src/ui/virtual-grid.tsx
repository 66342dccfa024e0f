import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Column<T> {
  readonly head: string;
  /** Of `grid-template-columns`. */
  readonly width: string;
  readonly cell: (row: T) => ComponentChildren;
  /** Left out where there is little room. */
  readonly isExtra?: boolean;
  readonly isNumber?: boolean;
}

export interface VirtualGridProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly columns: readonly Column<T>[];
  readonly rowHeight: number;
  readonly selected?: string | undefined;
  readonly onOpen: (row: T) => void;
  /** Called when the end comes near: there may be more. */
  readonly onNearEnd?: () => void;
}

/** Rows drawn beyond what is seen, so that scrolling does not meet a gap. */
const spare = 6;
const nearEnd = 40;

/**
 * A table of which only what is seen is in the document, however long it is. Arrow keys, Page Up and Down, Home and End
 * move through it, Enter opens; one stop for Tab.
 */
export function VirtualGrid<T>(props: VirtualGridProps<T>) {
  const { label, rows, keyOf, columns, rowHeight, selected, onOpen, onNearEnd } = props;
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const [active, setActive] = useState(0);
  const wantsFocus = useRef(false);
  const current = Math.min(active, Math.max(0, rows.length - 1));

  useLayoutEffect(() => {
    const { current: element } = box;
    if (element === null) return;
    const look = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const watcher = new ResizeObserver(look);
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);

  const first = Math.max(0, Math.floor(view.top / rowHeight) - spare);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / rowHeight) + spare);
  useEffect(() => {
    if (last >= rows.length - nearEnd) onNearEnd?.();
  }, [last, rows.length]);

  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    box.current?.querySelector<HTMLElement>(`[aria-rowindex="${current + 2}"]`)?.focus({ preventScroll: true });
  });

  const move = (to: number) => {
    const index = Math.max(0, Math.min(rows.length - 1, to));
    const { current: element } = box;
    if (element === null) return;
    const top = index * rowHeight;
    // The head stays where it is, in front of the first row.
    const room = element.clientHeight - headHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + room) element.scrollTop = top + rowHeight - room;
    setView({ top: element.scrollTop, height: element.clientHeight });
    wantsFocus.current = true;
    setActive(index);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((view.height - headHeight) / rowHeight) - 1);
    const steps: Record<string, number> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: rows.length - 1,
    };
    const step = steps[event.key];
    const row = rows[current];
    if (step !== undefined) move(step);
    else if ((event.key === 'Enter' || event.key === ' ') && row !== undefined) onOpen(row);
    else return;
    event.preventDefault();
  };

  const template = `--columns:${columns.map(({ width }) => width).join(' ')};--columns-narrow:${columns
    .filter(({ isExtra }) => isExtra !== true)
    .map(({ width }) => width)
    .join(' ')}`;
  return (
    <div
      ref={box}
      class="grid"
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      style={template}
      onScroll={({ currentTarget }) => setView({ top: currentTarget.scrollTop, height: currentTarget.clientHeight })}
      onKeyDown={onKeyDown}
    >
      <div class="grid-row grid-head" role="row" aria-rowindex={1}>
        {columns.map(({ head, isExtra, isNumber }) => (
          <span key={head} role="columnheader" class={classOf(isExtra, isNumber)}>
            {head}
          </span>
        ))}
      </div>
      <div class="grid-body" role="rowgroup" style={{ height: `${rows.length * rowHeight}px` }}>
        {rows.slice(first, last).map((row, offset) => {
          const index = first + offset;
          const key = keyOf(row);
          return (
            <div
              key={key}
              class="grid-row"
              role="row"
              aria-rowindex={index + 2}
              aria-selected={key === selected}
              tabIndex={index === current ? 0 : -1}
              style={{ transform: `translateY(${index * rowHeight}px)`, height: `${rowHeight}px` }}
              onClick={() => {
                setActive(index);
                onOpen(row);
              }}
              onFocus={() => setActive(index)}
            >
              {columns.map(({ head, cell, isExtra, isNumber }) => (
                <span key={head} role="gridcell" class={classOf(isExtra, isNumber)}>
                  {cell(row)}
                </span>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** As the style sheet has it. */
const headHeight = 34;

function classOf(isExtra: boolean | undefined, isNumber: boolean | undefined): string {
  return `cell${isExtra === true ? ' is-extra' : ''}${isNumber === true ? ' is-number' : ''}`;
}
