import { describe, expect, test } from 'vitest';
import { chance, pick, shuffled, stream } from './chance.ts';
import { kindAt, parseMix } from './message-mix.ts';
import { payloadOf } from './payload.ts';
import { faultKinds, parseFaults, presets, resolveScenario } from './scenario.ts';

describe('a scenario', () => {
  test('the presets are the runs in which the legacy queue lost messages, and a big one', () => {
    const sizes = (['small', 'medium', 'large'] as const).map((name) => {
      const { agents, messages } = resolveScenario(presets[name], name);
      return agents * messages;
    });
    expect(sizes).toEqual([90, 450, 90_000]);
    expect(resolveScenario(presets.soak).durationMs).toBe(180_000);
  });

  test('what is left out has a default; processes are never more than agents', () => {
    expect(resolveScenario({ agents: 3 }, 'mine')).toMatchObject({
      name: 'mine',
      processes: 3,
      target: 'waggle',
      store: 'sqlite',
      mix: { direct: 1 },
      leaseMs: 30_000,
    });
  });

  test('leases are short where consumers are killed, and never shorter than a batch takes', () => {
    expect(resolveScenario({ faults: ['crash'] }).leaseMs).toBe(2_000);
    expect(resolveScenario({ faults: ['crash'], batchSize: 100, latencyMs: 50 }).leaseMs).toBe(10_000);
    expect(resolveScenario({ faults: ['crash'], leaseMs: 700 }).leaseMs).toBe(700);
  });

  test.each([
    [{ agents: 0 }, 'agents: must be at least 1, got 0'],
    [{ messages: 1.5 }, 'messages: must be a whole number, got 1.5'],
    [{ succesRate: 1 }, 'succesRate'],
    [{ successRate: 2 }, 'successRate: must be 0 to 1, got 2'],
    [{ mix: { loud: 1 } }, 'mix.loud'],
    [{ mix: { direct: 0 } }, 'mix: needs at least one weight above 0'],
    [{ faults: ['flood'] }, 'faults.0: must be one of crash'],
    [{ store: 'memory', faults: ['torn'] }, 'faults: needs a store on disk'],
    [{ target: 'legacy', faults: ['crash'] }, 'faults: are for the hub'],
    [{ target: 'legacy', mix: { broadcast: 1 } }, 'mix: has kinds that the legacy target cannot send'],
  ])('%j is refused by name', (given, message) => {
    expect(() => resolveScenario(given as never)).toThrow(message);
  });

  test('faults by name, or all', () => {
    expect(parseFaults('--faults', 'slow, hub-kill')).toEqual(['slow', 'hub-kill']);
    expect(parseFaults('--faults', 'all')).toEqual(faultKinds);
    expect(() => parseFaults('--faults', 'flood')).toThrow('--faults: has no fault "flood"');
  });
});

describe('a mix', () => {
  test('of weights gives each kind its share', () => {
    const mix = parseMix('--mix', 'direct=3, broadcast=1');
    const kinds = Array.from({ length: 4_000 }, (_, index) => kindAt(mix, chance(7, 'kind', index)));
    const direct = kinds.filter((kind) => kind === 'direct').length;
    expect(kinds.every((kind) => kind === 'direct' || kind === 'broadcast')).toBe(true);
    expect(direct).toBeGreaterThan(2_800);
    expect(direct).toBeLessThan(3_200);
    expect(kindAt(mix, 1)).toBe('direct');
  });

  test.each([
    ['loud=1', 'has no kind "loud"'],
    ['direct', 'needs a weight for direct'],
    ['direct=-1', 'needs a weight for direct'],
    ['direct=0', 'at least one weight above 0'],
  ])('%s is refused', (text, problem) => expect(() => parseMix('--mix', text)).toThrow(problem));
});

describe('chance', () => {
  test('follows from seed and words alone, and is spread evenly', () => {
    expect(chance(1, 'a', 2)).toBe(chance(1, 'a', 2));
    expect(chance(1, 'a', 2)).not.toBe(chance(2, 'a', 2));
    expect(chance(1, 'a', 'b')).not.toBe(chance(1, 'ab'));
    const mean = Array.from({ length: 10_000 }, (_, index) => chance(3, index)).reduce((a, b) => a + b) / 10_000;
    expect(mean).toBeGreaterThan(0.48);
    expect(mean).toBeLessThan(0.52);
  });

  test('a shuffle is the same for the same seed and loses nothing', () => {
    const items = [...faultKinds];
    expect(shuffled(items, stream(5, 'x'))).toEqual(shuffled(items, stream(5, 'x')));
    expect(shuffled(items, stream(5, 'x')).toSorted()).toEqual(items.toSorted());
    expect(items).toContain(pick(items, stream(5, 'x')));
    expect(() => pick([], stream(5, 'x'))).toThrow('nothing to pick from');
  });
});

test.each([64, 200, 5_000])('a payload of %i bytes is as large as it may be, and the same when made again', (bytes) => {
  for (let index = 0; index < 50; index += 1) {
    const payload = payloadOf(1, `agent-1.${index}`, bytes);
    const size = Buffer.byteLength(JSON.stringify(payload));
    expect(size).toBeLessThanOrEqual(bytes);
    expect(size).toBeGreaterThan(bytes - 4);
    expect(payloadOf(1, `agent-1.${index}`, bytes)).toEqual(payload);
  }
});
