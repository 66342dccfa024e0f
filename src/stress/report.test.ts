import { describe, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { compareReports } from './compare-reports.ts';
import { parseBaseline } from './comparison.ts';
import { gateOf, type ScheduleParts, sendUntil, sendWithFaults } from './fault-schedule.ts';
import { Latency } from './latency.ts';
import { compareWithLegacy } from './legacy-comparison.ts';
import { Measurement } from './measurement.ts';
import { barPlot, escapeHtml, linePlot, shortNumber, ticks } from './plot.ts';
import { reportPage } from './report-page.ts';
import { resolveScenario, type ScenarioInput } from './scenario.ts';
import type { StressReport } from './stress-report.ts';
import { sweepRows } from './sweep.ts';
import { Tally } from './tally.ts';

const hostile = '<img src=x onerror=alert(1)>"&\'';
const latency = { p50: 1.5, p95: 20, p99: 300, max: 12_000 };

function reportOf(throughput: number, more: Partial<StressReport> = {}): StressReport {
  return {
    format: 'waggle-stress-1',
    startedAt: '2026-01-01T00:00:00.000Z',
    scenario: resolveScenario({}, hostile),
    environment: { version: '1', node: 'v24', platform: 'linux x64', cpus: 2, durability: 'fsync' },
    result: {
      sent: 2,
      received: 2,
      lost: 1,
      duplicated: 0,
      altered: 0,
      outOfOrder: 0,
      throughput,
      successRate: 1,
      latencyMs: latency,
      batch: { size: 10, efficiency: 0.5, calls: 3 },
      verdict: 'failed',
      acked: 2,
      dead: 0,
      redelivered: 0,
      invented: 0,
      durationMs: 10,
    },
    acceptMs: latency,
    deliveryMs: latency,
    latencyBars: [{ fromMs: 0, toMs: 1, count: 3 }],
    agents: [{ agent: hostile, sent: 1, received: 1, acked: 1, latencyMs: latency }],
    samples: [],
    faults: [{ kind: 'torn', at: 1, endedAt: 5, acted: 0, detail: hostile }],
    refused: { [hostile]: 2 },
    findings: [hostile],
    notChecked: [hostile],
    ...more,
  };
}

describe('the page', () => {
  test('shows what peers wrote as text, wherever it stands', () => {
    const page = reportPage(reportOf(10));
    expect(page).not.toContain('<img');
    expect(page.split(escapeHtml(hostile)).length - 1).toBeGreaterThanOrEqual(6);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|https?:|url\(/);
    expect(page).toContain('not made: ');
    expect(page).toContain('nothing was measured');
  });

  test('of a run that passed says so, and a long one stays small', () => {
    const tally = new Tally(resolveScenario({}));
    const samples = Array.from({ length: 20_000 }, (_, index) => tally.sample(index * 250, []));
    const { result } = reportOf(10);
    const passed = { ...result, lost: 0, verdict: 'passed' } as const;
    const agents = Array.from({ length: 300 }, (_, index) => ({ ...reportOf(1).agents[0]!, agent: `a${index}` }));
    const page = reportPage(
      reportOf(10, { samples, result: passed, findings: [], notChecked: [], faults: [], agents }),
    );
    expect(page).toContain('Every one is accounted for');
    expect(page).toContain('and 100 more agents');
    expect(page.length).toBeLessThan(300_000);
  });
});

describe('a plot', () => {
  test('has round ticks that reach the largest value', () => {
    expect(ticks(9)).toEqual([0, 2.5, 5, 7.5, 10]);
    expect(ticks(450)).toEqual([0, 200, 400, 600]);
    expect(ticks(0.03, 0.03)).toEqual([0, 0.01, 0.02, 0.03]);
    expect([shortNumber(1_234_567), shortNumber(12_345), shortNumber(9.876)]).toEqual(['1.23M', '12.3k', '9.88']);
  });

  test('draws every point and every bar, and names them', () => {
    const line = linePlot(
      't',
      'u',
      [
        {
          name: 'one',
          tone: 'first',
          points: [
            [0, 0],
            [1, 5],
          ],
          filled: true,
        },
        {
          name: 'two',
          tone: 'third',
          points: [
            [0, 1],
            [1, 2],
          ],
        },
      ],
      [{ name: 'torn', from: 0.2, to: 0.4 }],
    );
    expect(line.match(/class="line/g)).toHaveLength(2);
    expect(line).toContain('class="area first"');
    expect(line).toContain('torn</title>');
    expect(barPlot('t', 'u', [{ name: '1 ms', value: 7 }])).toContain('1 ms: 7');
    expect(barPlot('t', 'u', [])).toContain('nothing was measured');
  });
});

describe('a comparison', () => {
  test('says what grew worse, in the direction of each measure', () => {
    const rows = compareReports(reportOf(50), parseBaseline(JSON.stringify(reportOf(100)), 'b.json'));
    const row = (name: string) => rows.find((one) => one.name === name);
    expect(row('throughput')).toMatchObject({ before: 100, now: 50, ratio: 0.5, worsePercent: 50 });
    expect(row('latency p50 ms')).toMatchObject({ ratio: 1, worsePercent: 0 });
    expect(compareReports(reportOf(5), parseBaseline(JSON.stringify(reportOf(0)), 'b'))[0]?.ratio).toBeUndefined();
  });

  test.each(['{', '{"format":"other"}', '[]'])('%s is no baseline, and the file is named', (text) => {
    expect(() => parseBaseline(text, 'old.json')).toThrow(/^old\.json: /);
  });
});

test('both are run in turns on the same seed, and the median is told', async () => {
  const ran: string[] = [];
  const { rounds, medianRatio } = await compareWithLegacy({ seed: 4 }, 3, async ({ target, seed }) => {
    ran.push(`${target} ${seed}`);
    return reportOf(target === 'waggle' ? 100 * seed : seed === 6 ? 0 : 10);
  });
  expect(ran).toEqual(['waggle 4', 'legacy 4', 'waggle 5', 'legacy 5', 'waggle 6', 'legacy 6']);
  expect(rounds.map(({ ratio }) => ratio)).toEqual([40, 50, Number.POSITIVE_INFINITY]);
  expect(medianRatio).toBe(50);
  expect((await compareWithLegacy({}, 1, async ({ seed }) => reportOf(seed))).rounds).toMatchObject([{ waggle: 1 }]);
  expect((await compareWithLegacy({}, 0, async () => reportOf(1))).medianRatio).toBeNaN();
});

test('a sweep is relative to its first value, beside what the legacy expected', () => {
  const rows = sweepRows('batch-size', [
    { value: '1', report: reportOf(100) },
    { value: '50', report: reportOf(250) },
  ]);
  expect(rows.map(({ factor }) => factor)).toEqual([1, 2.5]);
  expect(rows[0]?.legacyEstimate).toContain('5–10×');
  expect(sweepRows('agents', [])).toEqual([]);
  expect(sweepRows('agents', [{ value: '1', report: reportOf(0) }])[0]).toMatchObject({
    factor: 0,
    legacyEstimate: 'none',
  });
});

test('percentiles and bars come from every value', () => {
  const values = new Latency();
  expect([values.summary(), values.bars()]).toEqual([{ p50: 0, p95: 0, p99: 0, max: 0 }, []]);
  for (let ms = 1; ms <= 1_000; ms += 1) values.record(ms);
  values.record(0.01);
  const { p50, p95, p99, max } = values.summary();
  for (const [got, wanted] of [
    [p50, 500],
    [p95, 950],
    [p99, 990],
    [max, 1_000],
  ] as const) {
    expect(Math.abs(got - wanted) / wanted).toBeLessThan(0.005);
  }
  expect(values.bars().reduce((sum, { count }) => sum + count, 0)).toBe(1_001);
  expect(values.bars()[0]).toMatchObject({ fromMs: 0, count: 1 });
});

describe('a measurement', () => {
  const base = { proc: 'p', incarnation: 0 } as const;
  const measured = (records: Parameters<Measurement['take']>[0][]) => {
    const measurement = new Measurement(resolveScenario({ batchSize: 4 }), ['a', 'b']);
    for (const record of records) measurement.take(record);
    return measurement;
  };

  test('takes throughput from the first send call to the last ack, and latency from call to answer', () => {
    const measurement = measured([
      { ...base, t_mono: 1_000, op: 'send', phase: 'invoke', call: 1, key: 'k1', from: 'a' },
      { ...base, t_mono: 1_000, op: 'send', phase: 'invoke', call: 2, key: 'k2', from: 'a' },
      { ...base, t_mono: 1_010, op: 'send', phase: 'ok', call: 1, key: 'k1', id: 'm1' },
      { ...base, t_mono: 1_010, op: 'send', phase: 'ok', call: 2, key: 'k2', id: 'm2' },
      { ...base, t_mono: 1_020, op: 'send', phase: 'ok', call: 3, key: 'k2', id: 'm2' }, // a repeat is no second message
      { ...base, t_mono: 1_100, op: 'lease', phase: 'ok', call: 4, inbox: 'b', id: 'm1' },
      { ...base, t_mono: 1_100, op: 'lease', phase: 'ok', call: 4, inbox: 'b', id: 'm2' },
      { ...base, t_mono: 1_150, op: 'lease', phase: 'ok', call: 5, inbox: 'b' },
      { ...base, t_mono: 1_200, op: 'ack', phase: 'invoke', call: 6, id: 'm1', gen: 1 },
      { ...base, t_mono: 1_500, op: 'ack', phase: 'ok', call: 6 },
      { ...base, t_mono: 1_600, op: 'ack', phase: 'invoke', call: 7, id: 'm2', gen: 1 },
      { ...base, t_mono: 1_700, op: 'ack', phase: 'info', call: 7 },
    ]);
    const result = measurement.result();
    expect(result).toMatchObject({ sent: 2, acked: 1, throughput: 2, durationMs: 500, successRate: 0.5 });
    expect(result.batch).toEqual({ size: 4, efficiency: 0.5, calls: 1 });
    expect(result.agents).toMatchObject([
      { agent: 'a', sent: 2, received: 0 },
      { agent: 'b', received: 2, acked: 1 },
    ]);
    expect(result.latencyMs.max).toBeCloseTo(500, 0);
    expect([...measurement.ids].toSorted()).toEqual(['m1', 'm2']);
  });

  test('of nothing is zero everywhere', () => {
    expect(measured([]).result()).toMatchObject({ sent: 0, acked: 0, throughput: 0, successRate: 0, durationMs: 0 });
  });
});

test('the tally joins sends and acks in whatever order they are reported', () => {
  const tally = new Tally(resolveScenario({ agents: 1, messages: 4 }));
  const nothing = {
    sent: [],
    acked: [],
    nacked: 0,
    dead: 0,
    leaseCalls: 0,
    leased: 0,
    redelivered: 0,
    slowed: 0,
    refused: {},
  };
  tally.take({ ...nothing, acked: [['k', 30]], leaseCalls: 1, leased: 1 });
  tally.take({
    ...nothing,
    sent: [
      ['k', 10, 2],
      ['l', 10, 1],
    ],
    refused: { queue_full: 2 },
  });
  tally.take({ ...nothing, acked: [['k', 40]], dead: 1 });
  const sample = tally.sample(1_000, ['slow']);
  expect(sample).toMatchObject({
    sent: 3,
    acked: 2,
    depth: 0,
    throughput: 2,
    refused: 2,
    progress: 0.5,
    faults: ['slow'],
  });
  expect(sample.latencyMs.max).toBeCloseTo(30, 1);
  expect(tally.sample(2_000, [])).toMatchObject({ throughput: 0, latencyMs: { max: 0 } });
  expect(tally.refusals('queue_full')).toBe(2);
});

describe('the schedule', () => {
  function setUp(input: ScenarioInput) {
    const log: string[] = [];
    const clock = new ManualClock();
    const parts: ScheduleParts = {
      scenario: resolveScenario(input),
      crew: {
        orderProducers: (order) => log.push(order.do === 'go' ? `go ${order.upTo}` : order.do),
        producersReach: async (gate) => void log.push(`reached ${gate}`),
        producersDone: async () => void log.push('done'),
        check: () => {},
      },
      random: () => 0.5,
      clock,
      signal: new AbortController().signal,
      at: () => clock.monotonic(),
      makeFault: async (kind, release) => {
        log.push(kind);
        release();
        return { acted: 1, detail: '' };
      },
      onBegin: () => {},
      onEnd: ({ kind }) => void log.push(`${kind} over`),
    };
    return { parts, log, clock };
  }

  test('spreads gates evenly and ends at the last message', () => {
    expect([0, 1, 2].map((index) => gateOf(90, 2, index))).toEqual([30, 60, 90]);
    expect(gateOf(10, 0, 0)).toBe(10);
  });

  test('nobody passes a gate before its fault has begun', async () => {
    const { parts, log } = setUp({ messages: 9, faults: ['slow', 'clock'] });
    await sendWithFaults(parts);
    expect(log).toEqual([
      'go 3',
      'reached 3',
      'slow',
      'go 6',
      'slow over',
      'reached 6',
      'clock',
      'go 9',
      'clock over',
      'done',
    ]);
  });

  test('by time and without faults it only stops', async () => {
    const { parts, log, clock } = setUp({ durationMs: 300 });
    const done = sendUntil(300, parts);
    clock.advance(250);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(50);
    await done;
    expect(log.slice(1)).toEqual(['stop', 'done']);
  });

  test('by time there is a fault at every interval, all kinds in turn', async () => {
    const { parts, log, clock } = setUp({ durationMs: 4_500, faults: ['slow', 'clock'], faultEveryMs: 1_000 });
    const done = sendUntil(4_500, parts);
    for (let second = 0; second < 5; second += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(1_000);
    }
    await done;
    const made = log.filter((line) => line.endsWith('over'));
    expect(made).toEqual(['slow over', 'clock over', 'slow over', 'clock over']);
    expect(log.slice(-2)).toEqual(['stop', 'done']);
  });
});
