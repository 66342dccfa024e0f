import { readFileSync } from 'node:fs';
import parsePrometheusText from 'parse-prometheus-text-format';
import { describe, expect, test } from 'vitest';
import { metricSpecs } from '../monitor/metric-specs.ts';
import { commitMetric } from '../monitor/metrics.ts';
import { startTempHub } from '../testing/temp-hub.ts';

const page = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');

/** Rows of the table of metrics: name, type and labels as the page tells them. */
const documented = new Map(
  [...page.matchAll(/^\| `(waggle_\w+)` \| (\w+) \| ([^|]*) \|/gm)].map(([, name = '', type = '', labels = '']) => [
    name,
    { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label) },
  ]),
);

describe('metrics', () => {
  test('are those of the page, by name, type, labels and unit, as a parser of others reads them', async () => {
    await using hub = await startTempHub();
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'ada' });
    await swarm.send({ to: 'ada', body: 'hello' });
    await swarm.observe({ source: '/q.json', state: 'damaged', at: '2026-01-01T00:00:00Z', errors: 2 });
    const answer = await hub.request('GET', '/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const text = await answer.text();
    const families = parsePrometheusText(text);
    const told = new Map(families.map(({ name, type }) => [name, type.toLowerCase()]));
    expect(told).toEqual(new Map([...documented].map(([name, { type }]) => [name, type])));
    expect([...documented.keys()].sort()).toEqual([...metricSpecs.map(({ name }) => name), commitMetric.name].sort());
    for (const { name, metrics, help } of families) {
      const labels = documented.get(name)?.labels ?? [];
      for (const { labels: found = {} } of metrics)
        expect(Object.keys(found).filter((label) => !labels.includes(label))).toEqual([]);
      expect(help).not.toBe('');
      expect(name).toMatch(/^waggle_[a-z_]+$/);
      // Units are base units and say so in the name; a counter ends in _total.
      expect(name).not.toMatch(/_(ms|milliseconds|kilobytes|percent)(_|$)/);
      expect(name.endsWith('_total')).toBe(documented.get(name)?.type === 'counter');
    }
    const sample = (name: string, label = '') => new RegExp(`^${name}${label} (\\S+)$`, 'm').exec(text)?.[1];
    expect(sample('waggle_messages', '{state="ready"}')).toBe('1');
    expect(sample('waggle_messages_accepted_total')).toBe('1');
    expect(sample('waggle_parse_errors_total', '{kind="file"}')).toBe('2');
    expect(sample('waggle_store_up')).toBe('1');
    expect(Number(sample('waggle_commit_duration_seconds_count'))).toBeGreaterThan(0);
    // What cannot be told is absent: no lease is held.
    expect(sample('waggle_lease_age_seconds')).toBeUndefined();
  });

  test('no label names an agent, a file or an id, however many there are', async () => {
    await using hub = await startTempHub();
    await using swarm = await hub.connect();
    const withAgents = async (from: number, to: number) => {
      for (let each = from; each < to; each += 1) {
        await swarm.agents.add({ id: `agent-${each}` });
        await swarm.send({ to: `agent-${each}`, body: 'hello' });
        await swarm.observe({ source: `/file-${each}`, state: 'intact', at: '2026-01-01T00:00:00Z' });
      }
      return swarm.metrics();
    };
    const few = await withAgents(0, 20);
    const many = await withAgents(20, 60);
    expect(many).not.toMatch(/agent-\d|file-\d|msg_/);
    expect(many.split('\n')).toHaveLength(few.split('\n').length);
  });

  test('take a token, as every route with data', async () => {
    await using hub = await startTempHub();
    expect((await fetch(`${hub.url}/metrics`)).status).toBe(401);
  });
});

describe('health over HTTP', () => {
  test('healthz answers for the process, readyz for the store', async () => {
    await using hub = await startTempHub();
    expect(await (await hub.request('GET', '/healthz')).json()).toEqual({ ok: true });
    const ready = await hub.request('GET', '/readyz');
    expect([ready.status, await ready.json()]).toMatchObject([200, { ok: true, store: { state: 'open' }, alerts: [] }]);
  });

  test('the report tells every figure, and the series what was seen', async () => {
    await using hub = await startTempHub();
    await using swarm = await hub.connect();
    const report = await swarm.health();
    expect(report).toMatchObject({ ok: true, troubles: [], alerts: { firing: 0 }, store: { state: 'open' } });
    expect(report.figures.find(({ name }) => name === 'store_file')).toMatchObject({ state: 'good', value: 0 });
    expect(report.figures.find(({ name }) => name === 'retry_rate')).toMatchObject({ state: 'unknown', value: null });
    const { everyMs, points } = await swarm.series();
    expect(everyMs).toBe(2_000);
    expect(points[0]).toMatchObject({ ready: 0, accepted: 0 });
    expect((await swarm.series({ after: points.at(-1)?.at ?? '' })).points).toEqual([]);
  });
});
