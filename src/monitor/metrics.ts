import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type Measured, type MetricSpec, metricSpecs } from './metric-specs.ts';
import type { CommitTimes } from './store-watch.ts';

export const commitMetric = {
  name: 'waggle_commit_duration_seconds',
  type: 'histogram',
  help: 'How long synced commits took, since the hub started.',
} as const;

/**
 * Everything measured, in the text format of Prometheus. The registry is made for one answer: values are copied into it
 * when they are asked for, so nothing on a message's way ever touches a metric.
 */
export async function renderMetrics(measured: Measured): Promise<{ contentType: string; text: string }> {
  const registry = new Registry();
  for (const spec of metricSpecs) addMetric(registry, spec, measured);
  registry.registerMetric(new CommitDurations(registry, measured.snapshot.commits));
  return { contentType: registry.contentType, text: await registry.metrics() };
}

function addMetric(
  registry: Registry,
  { name, type, help, labels = [], samples }: MetricSpec,
  measured: Measured,
): void {
  const configuration = { name, help, labelNames: [...labels], registers: [registry] };
  const metric = type === 'counter' ? new Counter(configuration) : new Gauge(configuration);
  // One without labels begins at zero; what could not be told is to be absent.
  metric.reset();
  if (labels.length === 0) metric.remove();
  for (const { value, labels: of = {} } of samples(measured)) metric.inc(of, value);
}

/** The store counts commits in buckets itself; this only tells them. */
class CommitDurations extends Histogram {
  readonly #times: CommitTimes;

  constructor(registry: Registry, times: CommitTimes) {
    super({ ...commitMetric, buckets: [...times.bounds], registers: [] });
    this.#times = times;
    registry.registerMetric(this);
  }

  /** What the registry asks for when it writes the text; the library's own buckets are empty. */
  async getForPromString() {
    const { bounds, counts, count, sumSeconds } = this.#times;
    const name = `${commitMetric.name}_bucket`;
    let below = 0;
    const buckets = bounds.map((bound, index) => {
      below += counts[index] ?? 0;
      return { metricName: name, labels: { le: String(bound) }, value: below };
    });
    return {
      ...commitMetric,
      values: [
        ...buckets,
        { metricName: name, labels: { le: '+Inf' }, value: count },
        { metricName: `${commitMetric.name}_sum`, labels: {}, value: sumSeconds },
        { metricName: `${commitMetric.name}_count`, labels: {}, value: count },
      ],
    };
  }
}
