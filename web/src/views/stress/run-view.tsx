import type { FaultRecord, StressResult } from '../../../../src/stress/stress-report.ts';
import type { StressSample } from '../../../../src/stress/stress-sample.ts';
import { Chart } from '../../ui/chart.tsx';
import { Chip } from '../../ui/chip.tsx';
import { Trouble } from '../../ui/empty.tsx';
import { shown, shownLine } from '../../ui/text.ts';
import { type Tile, Tiles } from '../../ui/tiles.tsx';
import { formatDuration } from '../../ui/time.ts';
import type { LabState } from './lab-state.ts';
import { Papers } from './papers.tsx';

/** How a run goes, and what it came to. */
export function RunView({ lab }: { lab: LabState }) {
  const { state, samples, faults, result, scenario } = lab;
  const last = samples.at(-1);
  return (
    <>
      <section class="block" aria-labelledby="run">
        <header class="run-head">
          <h2 id="run">
            {scenario?.name ?? 'Run'} <small>seed {scenario?.seed}</small>
          </h2>
          <span role="status" class="verdict">
            <Chip state={verdictOf(lab)} tone={toneOf(state)} />
          </span>
        </header>
        {state === 'running' ? <progress value={last?.progress ?? 0} max={1} aria-label="Progress of the run" /> : null}
        {state === 'broken' ? <Trouble text={shown(lab.trouble ?? 'The run could not be made.')} /> : null}
        <Tiles tiles={result === undefined ? liveTiles(last) : resultTiles(result)} />
        {result === undefined ? null : <Accounts result={result} />}
        <Faults faults={faults} now={last?.faults ?? []} />
      </section>
      <Charts samples={samples} />
      {result === undefined ? null : <Papers key={lab.run} run={lab.run} />}
    </>
  );
}

function verdictOf({ state, result, samples }: LabState): string {
  if (state === 'running') return samples.length === 0 ? 'starting its processes' : 'running';
  if (state === 'passed') return `passed: ${result?.sent ?? 0} sent, every one accounted for`;
  if (state === 'failed') return `failed: ${result?.lost ?? 0} lost, ${result?.duplicated ?? 0} duplicated`;
  return state === 'broken' ? 'could not be made' : state;
}

function toneOf(state: LabState['state']) {
  return ({ running: 'busy', passed: 'good', failed: 'bad', broken: 'bad', stopped: 'quiet', idle: 'quiet' } as const)[
    state
  ];
}

function liveTiles(sample: StressSample | undefined): Tile[] {
  return tilesOf({
    throughput: sample?.throughput ?? 0,
    successRate: sample?.successRate ?? 1,
    latencyMs: sample?.latencyMs,
    efficiency: sample?.batchEfficiency ?? 0,
    done: `${(sample?.acked ?? 0).toLocaleString()} of ${(sample?.sent ?? 0).toLocaleString()}`,
  });
}

function resultTiles({ throughput, successRate, latencyMs, batch, acked, sent, durationMs }: StressResult): Tile[] {
  return [
    ...tilesOf({
      throughput,
      successRate,
      latencyMs,
      efficiency: batch.efficiency,
      done: `${acked.toLocaleString()} of ${sent.toLocaleString()}`,
    }),
    { name: 'Took', value: formatDuration(durationMs) },
  ];
}

function tilesOf(numbers: {
  throughput: number;
  successRate: number;
  latencyMs: StressSample['latencyMs'] | undefined;
  efficiency: number;
  done: string;
}): Tile[] {
  const { throughput, successRate, latencyMs, efficiency, done } = numbers;
  return [
    { name: 'Throughput', value: Math.round(throughput).toLocaleString(), note: 'messages/s' },
    { name: 'Success rate', value: `${(successRate * 100).toFixed(1)} %` },
    { name: 'Latency p50', value: milliseconds(latencyMs?.p50) },
    { name: 'Latency p99', value: milliseconds(latencyMs?.p99) },
    { name: 'Batch efficiency', value: `${(efficiency * 100).toFixed(0)} %` },
    { name: 'Acked', value: done },
  ];
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '–' : value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value).toLocaleString()} ms`;
}

/** What the verdict rests on. */
function Accounts({ result }: { result: StressResult }) {
  const counts = ['lost', 'duplicated', 'altered', 'invented', 'outOfOrder', 'redelivered', 'dead'] as const;
  return (
    <p class="accounts">
      {counts.map((name) => (
        <span key={name}>
          <b>{result[name]}</b> {name === 'outOfOrder' ? 'out of order' : name === 'dead' ? 'dead letters' : name}
        </span>
      ))}
    </p>
  );
}

function Faults({ faults, now }: { faults: readonly FaultRecord[]; now: readonly string[] }) {
  if (faults.length === 0 && now.length === 0) return null;
  return (
    <ol class="steps more" aria-label="Faults">
      {now.map((kind) => (
        <li key={`now ${kind}`}>
          <span>now</span>
          <span>{kind}</span>
        </li>
      ))}
      {faults.map(({ kind, at, acted, detail }) => (
        <li key={`${kind} ${at}`}>
          <span class="dim">{formatDuration(at)}</span>
          <span>
            {acted > 0 ? kind : `${kind} could not be made`} <small>{shownLine(detail)}</small>
          </span>
        </li>
      ))}
    </ol>
  );
}

function Charts({ samples }: { samples: readonly StressSample[] }) {
  const x = samples.map(({ at }) => at / 1_000);
  const last = samples.at(-1);
  return (
    <div class="charts is-four">
      <Chart
        title="Throughput"
        latest={`${Math.round(last?.throughput ?? 0).toLocaleString()} messages a second`}
        x={x}
        isTime={false}
        lines={[
          { name: 'throughput', color: 'accent', values: samples.map(({ throughput }) => throughput), isArea: true },
        ]}
      />
      <Chart
        title="Latency"
        latest={`p50 ${milliseconds(last?.latencyMs.p50)}, p99 ${milliseconds(last?.latencyMs.p99)}`}
        x={x}
        isTime={false}
        unit=" ms"
        lines={[
          { name: 'p99', color: 'bad', values: samples.map(({ latencyMs }) => latencyMs.p99) },
          { name: 'p95', color: 'busy', values: samples.map(({ latencyMs }) => latencyMs.p95) },
          { name: 'p50', color: 'accent', values: samples.map(({ latencyMs }) => latencyMs.p50), isArea: true },
        ]}
      />
      <Chart
        title="Success rate"
        latest={`${((last?.successRate ?? 1) * 100).toFixed(1)} % of what was sent is done`}
        x={x}
        isTime={false}
        unit=" %"
        lines={[
          { name: 'success', color: 'good', values: samples.map(({ successRate }) => successRate * 100), isArea: true },
        ]}
      />
      <Chart
        title="Batch efficiency"
        latest={`${((last?.batchEfficiency ?? 0) * 100).toFixed(0)} % of each batch is filled`}
        x={x}
        isTime={false}
        unit=" %"
        lines={[
          {
            name: 'efficiency',
            color: 'busy',
            values: samples.map(({ batchEfficiency }) => batchEfficiency * 100),
            isArea: true,
          },
        ]}
      />
    </div>
  );
}
