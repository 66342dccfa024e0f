export interface Bar {
  readonly name: string;
  readonly count: number;
}

/** A distribution: the height of each bar is its share of the highest. */
export function Bars({ title, bars }: { title: string; bars: readonly Bar[] }) {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="chart-latest">{total.toLocaleString()} messages</span>
      </figcaption>
      <ol class="bars">
        {bars.map(({ name, count }) => (
          <li key={name}>
            <span class="bar" style={{ height: `${(count / most) * 100}%` }} />
            <span class="unseen">
              {name}: {count}
            </span>
            <small aria-hidden="true">{name}</small>
          </li>
        ))}
      </ol>
    </figure>
  );
}
