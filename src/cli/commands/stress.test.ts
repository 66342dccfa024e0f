import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveScenario } from '../../stress/scenario.ts';
import type { StressReport } from '../../stress/stress-report.ts';
import { collectOutput } from '../../testing/cli-context.ts';
import { tempFolder } from '../../testing/temp-hub.ts';
import { buildProgram, parseCommandLine } from '../program.ts';
import { printComparison, printReport, sampleLine } from './stress-output.ts';
import { scenarioOf } from './stress-scenario.ts';
import { runSweeps, sweepOf } from './stress-sweep.ts';

const latencyMs = { p50: 1.25, p95: 20, p99: 300, max: 12_000 };

function reportOf(verdict: 'passed' | 'failed', more: Partial<StressReport> = {}): StressReport {
  const isLost = verdict === 'failed' ? 1 : 0;
  return {
    format: 'waggle-stress-1',
    startedAt: '2026-01-01T00:00:00.000Z',
    scenario: resolveScenario({ seed: 7 }),
    environment: { version: '1', node: 'v24', platform: 'linux x64', cpus: 2, durability: 'fsync before each answer' },
    result: {
      sent: 9,
      received: 9 - isLost,
      lost: isLost,
      duplicated: 0,
      altered: 0,
      outOfOrder: 0,
      throughput: 100,
      successRate: 1,
      latencyMs,
      batch: { size: 10, efficiency: 0.5, calls: 3 },
      verdict,
      acked: 9,
      dead: 0,
      redelivered: 0,
      invented: 0,
      durationMs: 90,
    },
    acceptMs: latencyMs,
    deliveryMs: latencyMs,
    latencyBars: [],
    agents: [],
    samples: [],
    faults: [],
    refused: {},
    findings: [],
    notChecked: [],
    ...more,
  };
}

function contextOf(options: { terminal?: boolean; json?: boolean; cwd?: string } = {}) {
  const collected = collectOutput({ terminal: options.terminal ?? true });
  const context = { ...collected, json: options.json ?? false, cwd: options.cwd ?? '/' };
  return context as typeof collected & Parameters<typeof runSweeps>[1]; // what these functions use of one
}

function callOf(...argv: string[]) {
  const { output } = collectOutput();
  const chosen = parseCommandLine(buildProgram(output), ['stress', ...argv], output);
  if (typeof chosen === 'number') throw new Error('a page was shown');
  return chosen.call;
}

describe('the result for a person', () => {
  test('says first that all is well, and what was measured', async () => {
    const { output, stdout } = contextOf();
    await printReport(reportOf('passed'), output);
    expect(stdout()).toMatch(/^passed {2}9 sent, 9 received, every one accounted for\n/);
    expect(stdout()).toContain('p50 1.3 ms · p95 20ms · p99 300ms · max 12s');
    expect(stdout()).toMatch(/seed +7/);
  });

  test('of a failure lists what is wrong, peers’ text made safe, and not without end', async () => {
    const findings = Array.from({ length: 14 }, (_, index) => `lost: message ${index} \u001b[31m`);
    const faults = [
      { kind: 'full', at: 0, endedAt: 1, acted: 0, detail: '' },
      { kind: 'slow', at: 0, endedAt: 1, acted: 4, detail: '' },
    ] as const;
    const { output, stdout } = contextOf();
    await printReport(reportOf('failed', { findings, faults }), output);
    expect(stdout()).toMatch(/^failed {2}9 sent, 8 received, 1 lost, 0 duplicated\n/);
    expect(stdout()).toContain('1 of 2 made');
    expect(stdout()).toContain('… and 2 more');
    expect(stdout()).not.toContain('\u001b[31m');
  });

  test('a sample is one line with the faults under way', () => {
    const sample = {
      at: 5_000,
      sent: 9,
      acked: 4,
      depth: 5,
      throughput: 12.4,
      successRate: 1,
      latencyMs,
      batchEfficiency: 1,
    };
    const line = sampleLine({ ...sample, redelivered: 0, refused: 0, progress: 0.5, faults: ['torn'] });
    expect(line).toBe('5s · sent 9 · acked 4 · depth 5 · 12/s · p50 1.3 ms, p99 300ms · now torn');
  });

  test('a comparison marks what is worse than what may be; beside --json it goes to stderr', async () => {
    const rows = [
      { name: 'throughput', before: 100, now: 70, ratio: 0.7, worsePercent: 30 },
      { name: 'success rate', before: 0, now: 1, ratio: undefined, worsePercent: 0 },
    ];
    const shown = contextOf();
    await printComparison(rows, undefined, shown);
    expect(shown.stdout()).toMatch(/throughput +100\.00 +70\.00 +0\.70× +worse/);
    const piped = contextOf({ json: true });
    await printComparison(rows, 50, piped);
    expect(piped.stdout()).toBe('');
    expect(piped.stderr()).toBe('throughput\t100.00\t70.00\t0.70×\t\nsuccess rate\t0.00\t1.00\t–\t\n');
  });
});

describe('a sweep', () => {
  test.each([
    ['store=sqlite,memory', [{ store: 'sqlite' }, { store: 'memory' }]],
    ['delay=1ms,0', [{ delayMs: 1 }, { delayMs: 0 }]],
    ['batch-size=1, 10', [{ batchSize: 1 }, { batchSize: 10 }]],
    ['success-rate=1,0.5', [{ successRate: 1 }, { successRate: 0.5 }]],
  ])('%s changes that alone', async (text, wanted) => {
    const base = resolveScenario({ seed: 3 });
    const { runs } = await sweepOf(text, base);
    expect(runs.map(({ scenario }) => scenario)).toEqual(wanted.map((change) => ({ ...base, ...change })));
  });

  test.each(['colour=1,2', 'batch-size=1', 'batch-size=1,', 'batch-size=0,1', 'delay=5,6', 'store=disk,memory'])(
    '%s is refused before the first run',
    async (text) => {
      await expect(sweepOf(text, resolveScenario({}))).rejects.toMatchObject({ code: 'invalid_input' });
    },
  );

  test('prints a row for each value, and fails when one run did', async () => {
    const sweep = await sweepOf('batch-size=1,10', resolveScenario({}));
    const runs = [reportOf('passed'), reportOf('failed')];
    const { stdout, stderr, ...context } = contextOf();
    expect(await runSweeps([sweep], context as never, async () => runs.shift() ?? reportOf('passed'))).toBe(1);
    expect(stdout()).toMatch(/batch-size +1 +100 +1\.00 +1\.3 +300\.0 +50 % +passed +5–10×/);
    expect(stderr()).toBe('batch-size = 1\nbatch-size = 10\n');
    const json = contextOf({ json: true });
    expect(await runSweeps([sweep], json, async () => reportOf('passed'))).toBe(0);
    expect(JSON.parse(json.stdout())).toMatchObject({ sweep: [{ value: '1' }, { value: '10' }], verdict: 'passed' });
  });
});

describe('the scenario', () => {
  test('of a preset with options over it; --messages counts even where the preset goes by time', async () => {
    const context = contextOf();
    const soak = await scenarioOf(callOf('soak', '--faults', 'all', '--lease-for', '5s'), context);
    expect(soak).toMatchObject({ durationMs: 180_000, leaseMs: 5_000, name: 'soak' });
    expect(await scenarioOf(callOf('soak', '--messages', '5'), context)).not.toHaveProperty('durationMs');
    expect(await scenarioOf(callOf('small', '--mix', 'direct=1,role=2'), context)).toMatchObject({
      mix: { direct: 1, role: 2 },
    });
  });

  test('of a file; what is wrong in it is told with its name', async () => {
    using folder = tempFolder();
    const context = contextOf({ cwd: folder.path });
    const write = (text: string) => writeFileSync(join(folder.path, 'mine.json'), text);
    write('{"agents": 4, "messages": 2, "faults": ["slow"]}');
    expect(await scenarioOf(callOf('mine.json'), context)).toMatchObject({
      agents: 4,
      name: 'mine.json',
      faults: ['slow'],
    });
    write('{"agents": 4, "speed": 9}');
    await expect(scenarioOf(callOf('mine.json'), context)).rejects.toThrow(/^mine\.json: speed/);
    write('{"agents": 4,}');
    await expect(scenarioOf(callOf('mine.json'), context)).rejects.toThrow(/^mine\.json: JSON at/);
    await expect(scenarioOf(callOf('other.json'), context)).rejects.toMatchObject({ code: 'not_found' });
    await expect(scenarioOf(callOf('small', '--success-rate', 'most'), context)).rejects.toThrow('--success-rate');
  });
});
