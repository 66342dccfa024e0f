import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { theme } from '../app/theme.ts';

export interface Line {
  readonly name: string;
  /** One of the style sheet's colours. */
  readonly color: 'accent' | 'good' | 'busy' | 'bad' | 'dim';
  readonly values: readonly (number | null)[];
  /** Filled down to the axis. */
  readonly isArea?: boolean;
}

export interface ChartProps {
  readonly title: string;
  /** Of the newest values, in words: what somebody hears who does not see the lines. */
  readonly latest: string;
  readonly x: readonly number[];
  /** Seconds since the Unix epoch, or seconds since a beginning. */
  readonly isTime: boolean;
  readonly lines: readonly Line[];
  readonly unit?: string;
}

const height = 170;

/** Lines over time. Its title and latest values are text beside it, so that it is no riddle without the picture. */
export function Chart({ title, latest, x, isTime, lines, unit = '' }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const scheme = theme.value;
  const shape = lines.map(({ name }) => name).join();

  useEffect(() => {
    const { current: element } = box;
    if (element === null) return undefined;
    const made = new uPlot(optionsOf(element, lines, isTime, unit), dataOf(x, lines), element);
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watcher.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const recolour = () => made.redraw(false);
    dark.addEventListener('change', recolour);
    return () => {
      dark.removeEventListener('change', recolour);
      watcher.disconnect();
      made.destroy();
    };
  }, [shape, isTime, unit, scheme]);

  useEffect(() => {
    plot.current?.setData(dataOf(x, lines));
  });

  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="chart-latest">{latest}</span>
      </figcaption>
      <div ref={box} class="chart-box" role="img" aria-label={`${title}: ${latest}`} />
      {lines.length < 2 ? null : (
        <p class="legend">
          {lines.map(({ name, color }) => (
            <span key={name}>
              <i data-color={color} aria-hidden="true" />
              {name}
            </span>
          ))}
        </p>
      )}
    </figure>
  );
}

function dataOf(x: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  return [[...x], ...lines.map(({ values }) => [...values])];
}

function optionsOf(element: HTMLElement, lines: readonly Line[], isTime: boolean, unit: string): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: () => colorOf(element, 'dim'),
    grid: { stroke: () => colorOf(element, 'line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width: element.clientWidth,
    height,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    scales: { x: { time: isTime }, y: { range: (_plot, _min, max) => [0, niceTop(max)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 70,
        values: (_plot, marks) => marks.map((mark) => (isTime ? clockTime(mark) : `${mark} s`)),
      },
      { ...axis, size: 48, values: (_plot, marks) => marks.map((mark) => `${compact(mark)}${unit}`) },
    ],
    series: [
      {},
      ...lines.map(({ name, color, isArea }) => ({
        label: name,
        width: 1.75,
        stroke: () => colorOf(element, color),
        spanGaps: true,
        points: { show: false },
        ...(isArea === true ? { fill: () => `color-mix(in srgb, ${colorOf(element, color)} 14%, transparent)` } : {}),
      })),
    ],
  };
}

/** What a variable of the style sheet comes out as here and now: a canvas takes no variables. */
function colorOf(element: HTMLElement, name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(--${name === 'accent' ? 'mark' : name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function clockTime(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleTimeString(undefined, { hour12: false });
}

/** An axis that ends above what is shown, and does not end at nothing. */
function niceTop(max: number | null): number {
  return Math.max(1, (max ?? 0) * 1.15);
}

function compact(value: number): string {
  return value >= 10_000 ? `${value / 1_000}k` : String(Math.round(value * 100) / 100);
}
