/** One line of a plot: points in time order. */
export interface Series {
  readonly name: string;
  /** Class of the style sheet: its colour in both schemes. */
  readonly tone: 'first' | 'second' | 'third';
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly filled?: boolean;
}

/** Something that lasted, marked over the whole height. */
export interface Mark {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface Bar {
  readonly name: string;
  readonly value: number;
}

const width = 720;
const height = 220;
const margin = { left: 56, right: 12, top: 30, bottom: 26 };
/** Of the small letters in the drawing, about. */
const letterWidth = 6;
const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
const fewestTicks = 4;

/** Text that a page shows as it is: a name may hold anything. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** Lines over seconds, with marks behind them. Standing SVG: it needs no script. */
export function linePlot(title: string, unit: string, series: readonly Series[], marks: readonly Mark[] = []): string {
  const points = series.flatMap((line) => line.points);
  if (points.length === 0) return emptyPlot(title);
  const xMax = Math.max(...points.map(([x]) => x), ...marks.map(({ to }) => to), 0.001);
  const yTicks = ticks(Math.max(...points.map(([, y]) => y), 1));
  const yMax = Math.max(...yTicks);
  const x = (value: number) => margin.left + (value / xMax) * inner.width;
  const y = (value: number) => margin.top + inner.height * (1 - value / yMax);
  return svg(title, unit, [
    ...marks.map((mark) => markOf(mark, x)),
    ...markNames(marks, x),
    ...yTicks.map((tick) => gridLine(y(tick), shortNumber(tick))),
    ...ticks(xMax, xMax).map((tick) => label(x(tick), height - 8, `${shortNumber(tick)} s`, 'middle')),
    ...series.map((line) => lineOf(line, x, y)),
    ...legend(series),
  ]);
}

/** Bars beside each other, their names below as far as there is room. */
export function barPlot(title: string, unit: string, bars: readonly Bar[]): string {
  if (bars.length === 0) return emptyPlot(title);
  const yTicks = ticks(Math.max(...bars.map(({ value }) => value), 1));
  const yMax = Math.max(...yTicks);
  const y = (value: number) => margin.top + inner.height * (1 - value / yMax);
  const step = inner.width / bars.length;
  const everyNth = Math.ceil(bars.length / 10);
  return svg(title, unit, [
    ...yTicks.map((tick) => gridLine(y(tick), shortNumber(tick))),
    ...bars.map(({ name, value }, index) => {
      const left = margin.left + index * step;
      const text = index % everyNth === 0 ? label(left + step / 2, height - 8, name, 'middle') : '';
      const bar = rect(
        left + step * 0.1,
        y(value),
        step * 0.8,
        margin.top + inner.height - y(value),
        'first bar',
        `${name}: ${value}`,
      );
      return bar + text;
    }),
  ]);
}

/** Round numbers from 0 that reach at least `max`; those above `limit` are left out. */
export function ticks(max: number, limit = Number.POSITIVE_INFINITY): number[] {
  const rough = max / fewestTicks;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5].find((factor) => factor * power >= rough) ?? 10) * power;
  const count = Math.ceil(max / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12))).filter(
    (tick) => tick <= limit,
  );
}

export function shortNumber(value: number): string {
  if (value >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (value >= 1e4) return `${trimmed(value / 1e3)}k`;
  return trimmed(value);
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function svg(title: string, unit: string, parts: readonly string[]): string {
  const name = escapeHtml(title);
  const caption = `<figcaption>${name} <small>${escapeHtml(unit)}</small></figcaption>`;
  const drawing = `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${name}">${parts.join('')}</svg>`;
  return `<figure>${caption}<div class="scroll">${drawing}</div></figure>`;
}

function emptyPlot(title: string): string {
  return svg(title, '', [label(width / 2, height / 2, 'nothing was measured', 'middle')]);
}

function lineOf(
  { tone, points, filled, name }: Series,
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  const path = points.map(([px, py], index) => `${index === 0 ? 'M' : 'L'}${n(x(px))} ${n(y(py))}`).join('');
  const first = Math.min(...points.map(([px]) => px));
  const last = Math.max(...points.map(([px]) => px));
  const area =
    filled === true
      ? `<path class="area ${tone}" d="${path}L${n(x(last))} ${n(y(0))}L${n(x(first))} ${n(y(0))}Z"/>`
      : '';
  return `${area}<path class="line ${tone}" d="${path}"><title>${escapeHtml(name)}</title></path>`;
}

function markOf({ name, from, to }: Mark, x: (value: number) => number): string {
  return rect(x(from), margin.top, Math.max(2, x(to) - x(from)), inner.height, 'mark', name);
}

/** Above their marks, as far as there is room: the others are in the table, and under the pointer. */
function markNames(marks: readonly Mark[], x: (value: number) => number): string[] {
  let free = 0;
  return marks.flatMap(({ name, from }) => {
    const left = Math.min(x(from), width - name.length * letterWidth);
    if (left < free) return [];
    free = left + (name.length + 1) * letterWidth;
    return [label(left, margin.top - 5, name, 'start', 'mark-name')];
  });
}

function legend(series: readonly Series[]): string[] {
  if (series.length < 2) return [];
  return series.map(({ name, tone }, index) => {
    const left = width - margin.right - (series.length - index) * 60;
    return `${rect(left, 0, 10, 10, `${tone} bar`, name)}${label(left + 14, 9, name, 'start')}`;
  });
}

function gridLine(at: number, text: string): string {
  const line = `<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${n(at)}" y2="${n(at)}"/>`;
  return line + label(margin.left - 6, at + 4, text, 'end');
}

function rect(x: number, y: number, wide: number, high: number, tone: string, title: string): string {
  const size = `x="${n(x)}" y="${n(y)}" width="${n(wide)}" height="${n(Math.max(0, high))}"`;
  return `<rect class="${tone}" ${size}><title>${escapeHtml(title)}</title></rect>`;
}

function label(x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end', tone = 'label'): string {
  return `<text class="${tone}" x="${n(x)}" y="${n(y)}" text-anchor="${anchor}">${escapeHtml(text)}</text>`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
