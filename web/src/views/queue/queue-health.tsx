import type { WireHealth } from '../../../../src/hub/monitor-api.ts';
import { call } from '../../live/api.ts';
import { looks } from '../../live/looks.ts';
import { useResource } from '../../live/resource.ts';
import { Chart } from '../../ui/chart.tsx';
import { Trouble } from '../../ui/empty.tsx';
import { type Tile, Tiles } from '../../ui/tiles.tsx';
import { formatDuration } from '../../ui/time.ts';
import { Alerts } from './alerts.tsx';
import { Figures } from './figures.tsx';
import { Inboxes } from './inboxes.tsx';
import { StoreHistory } from './store-history.tsx';

async function loadHealth(signal: AbortSignal) {
  const [stats, { inboxes }, status, health] = await Promise.all([
    call('queue.stats', {}, signal),
    call('queue.inboxes', {}, signal),
    call('hub.status', {}, signal),
    call('health.report', {}, signal),
  ]);
  return { stats, inboxes, status, health };
}

type Known = Awaited<ReturnType<typeof loadHealth>>;

/** Whether mail gets through: how much, how fast, how late, and whether the store is sound. */
export function QueueHealth() {
  const health = useResource('health', loadHealth, {
    changedBy: ({ type }) => type.startsWith('message.'),
    everyMs: 2_000,
  });
  const known = health.data.value;
  return (
    <div class="view is-page">
      <header class="view-head">
        <h1>Queue health</h1>
        <p class="lead">{known === undefined ? 'Asking the hub…' : sentence(known.health)}</p>
      </header>
      <Trouble text={health.trouble.value} />
      <Alerts />
      {known === undefined ? null : <Tiles tiles={tilesOf(known)} />}
      <Charts />
      {known === undefined ? null : (
        <>
          <div class="pair">
            <Inboxes inboxes={known.inboxes} />
            <StoreHistory status={known.status} health={known.health} />
          </div>
          <Figures figures={known.health.figures} />
        </>
      )}
    </div>
  );
}

function Charts() {
  const points = looks.value;
  const x = points.map(({ at }) => Date.parse(at) / 1_000);
  const last = points.at(-1);
  const depthOf = ({ ready, leased, scheduled }: NonNullable<typeof last>) => ready + leased + scheduled;
  const depth = last === undefined ? 0 : depthOf(last);
  const oldest = last?.oldestS ?? 0;
  return (
    <div class="charts">
      <Chart
        title="Throughput"
        latest={`${rate(last?.accepted)} in, ${rate(last?.acked)} done a second`}
        x={x}
        isTime
        lines={[
          { name: 'accepted', color: 'busy', values: points.map(({ accepted }) => accepted) },
          { name: 'acked', color: 'accent', values: points.map(({ acked }) => acked), isArea: true },
          { name: 'given back', color: 'bad', values: points.map(({ retried }) => retried) },
        ]}
      />
      <Chart
        title="Depth"
        latest={`${depth.toLocaleString()} ${depth === 1 ? 'message' : 'messages'} to be done`}
        x={x}
        isTime
        lines={[{ name: 'depth', color: 'accent', values: points.map(depthOf), isArea: true }]}
      />
      <Chart
        title="Oldest unread"
        latest={oldest === 0 ? 'nothing waits' : `waits for ${formatDuration(oldest * 1_000)}`}
        x={x}
        isTime
        unit=" s"
        lines={[{ name: 'oldest', color: 'busy', values: points.map(({ oldestS }) => oldestS), isArea: true }]}
      />
    </div>
  );
}

function rate(value = 0): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(1);
}

function sentence({ state, figures }: Pick<WireHealth, 'state' | 'figures'>): string {
  const bad = figures.filter((figure) => figure.state === 'bad').length;
  if (state === 'bad') return `${bad} ${bad === 1 ? 'figure needs' : 'figures need'} you now.`;
  return state === 'warn' ? 'Mail gets through; something should be looked at.' : 'Mail gets through.';
}

function tilesOf({ stats, status }: Known): Tile[] {
  const { store } = status;
  const count = (value: number) => value.toLocaleString();
  return [
    { name: 'Ready', value: count(stats.ready) },
    { name: 'In hand', value: count(stats.leased) },
    { name: 'Scheduled', value: count(stats.scheduled) },
    { name: 'Done', value: count(stats.acked) },
    { name: 'Dead letters', value: count(stats.dead), ...(stats.dead > 0 ? { tone: 'bad' as const } : {}) },
    {
      name: 'Quarantined',
      value: count(stats.quarantined),
      ...(stats.quarantined > 0 ? { tone: 'warn' as const } : {}),
    },
    { name: 'Store', value: store.state, tone: store.state === 'open' ? 'good' : 'bad', note: store.engine },
  ];
}
