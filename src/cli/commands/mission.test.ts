import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandHub } from '../../testing/command-hub.ts';

const hubWithAgents = () => commandHub('ada', 'bob');

describe('progress and missions at the command line', () => {
  test('add, progress, list, show and drop tell one story', async () => {
    const { atTerminal, inPipe } = await hubWithAgents();
    expect((await atTerminal('mission', 'list')).stderr).toContain('no missions yet');
    const added = await atTerminal(
      'mission',
      'add',
      'parser',
      'ada',
      '--unit',
      'lexer',
      '--unit',
      'tests',
      '--title',
      'P',
    );
    expect(added.stdout).toContain('ada works on parser: 2 units');
    const half = await atTerminal('progress', 'ada', '--unit', 'lexer', '--evidence', 'commit 4f2a');
    expect(half.stdout).toContain('parser: 1 of 2 units done');
    expect((await atTerminal('progress', 'ada', '--unit', 'lexer')).stdout).toContain('known already');
    const all = JSON.parse((await inPipe('progress', 'ada', '--done', '2', '--of', '2', '--json')).stdout) as object;
    expect(all).toMatchObject({
      change: 'forward',
      mission: { id: 'parser', done: 2, of: 2, state: 'done', next: [] },
    });
    expect((await atTerminal('progress', 'ada', '--done', '2', '--of', '2')).stderr).toContain('all units are done');
    expect((await inPipe('mission', 'list')).stdout).toMatch(/^parser\tada\t2\/2\tdone\t/);
    const shown = (await atTerminal('mission', 'show', 'parser')).stdout;
    expect(shown).toContain('✓ lexer');
    expect(shown).toContain('forward by ada: commit 4f2a');
    expect(JSON.parse((await inPipe('mission', 'show', 'parser', '--json')).stdout)).toMatchObject({
      reports: [{ done: 2 }, { done: 1, via: 'operator' }],
    });
    expect((await inPipe('mission', 'drop', 'parser')).stdout).toContain('dropped at 2 of 2');
    expect(JSON.parse((await inPipe('mission', 'list', '--owner', 'ada', '--json')).stdout)).toMatchObject({
      missions: [{ id: 'parser', state: 'dropped' }],
    });
  });

  test('a hand-off is offered, listed, accepted, declined and withdrawn', async () => {
    const { atTerminal, inPipe, swarm } = await hubWithAgents();
    expect((await atTerminal('hand-off', 'list')).stderr).toContain('no hand-offs');
    await swarm.missions.add({ id: 'parser', owner: 'ada', units: 2 });
    await swarm.send({ to: 'ada', body: 'held' });
    await swarm.lease('ada');
    const offer = async () => {
      const { stdout } = await inPipe('hand-off', 'offer', 'parser', 'bob', '--note', 'mind', '--ttl', '5m', '--json');
      return JSON.parse(stdout) as { id: string; state: string };
    };
    const first = await offer();
    expect(first.state).toBe('offered');
    const declined = await atTerminal('hand-off', 'decline', first.id, '--as', 'bob', '--reason', 'busy');
    expect(declined.stdout).toContain('parser stays with ada');
    const second = await offer();
    expect((await atTerminal('hand-off', 'withdraw', second.id)).stdout).toContain('withdrawn; parser stays with ada');
    const third = await offer();
    expect((await atTerminal('hand-off', 'list', '--state', 'offered')).stdout).toMatch(/offered +now/);
    expect((await inPipe('hand-off', 'list', '--state', 'offered')).stdout).toContain(`${third.id}\tparser\tada\tbob`);
    await expect(inPipe('hand-off', 'accept', third.id)).rejects.toThrow(/agent: must say who answers/);
    await expect(inPipe('hand-off', 'accept', third.id, '--as', 'ada')).rejects.toMatchObject({ code: 'forbidden' });
    const accepted = await atTerminal('hand-off', 'accept', third.id, '--as', 'bob');
    expect(accepted.stdout).toContain("parser is bob's now, with 1 messages ada held");
    expect(JSON.parse((await inPipe('hand-off', 'list', '--mission', 'parser', '--json')).stdout)).toMatchObject({
      handOffs: [{ state: 'accepted', leases: [{ gen: expect.any(Number) as number }] }, {}, {}],
    });
    await expect(inPipe('hand-off', 'offer', 'parser', 'ada')).rejects.toMatchObject({ code: 'forbidden' });
    const back = await inPipe('hand-off', 'offer', 'parser', 'ada', '--approve');
    const id = /parser is offered to ada: (\S+)\n$/.exec(back.stdout)?.[1] ?? '';
    expect((await inPipe('hand-off', 'accept', id, '--as', 'ada')).stdout).toBe(
      "parser is ada's now, with 1 messages bob held\n",
    );
  });

  test('what a legacy agent wrote down counts as evidence; what cannot be read is refused', async () => {
    const { hub, inPipe, swarm } = await hubWithAgents();
    mkdirSync(join(hub.dir, 'Agent-1'));
    writeFileSync(join(hub.dir, 'Agent-1/status.json'), '{"completed_tasks":["a","b"],"current_tasks":["c"]}');
    const told = await inPipe('progress', 'ada', '--status', 'Agent-1/status.json', '--json');
    expect(JSON.parse(told.stdout)).toMatchObject({ mission: { id: 'ada', done: 2, of: 3 } });
    expect((await swarm.missions.show('ada')).reports[0]).toMatchObject({ source: 'legacy', change: 'forward' });
    await expect(inPipe('progress', 'ada', '--status', 'none.json')).rejects.toMatchObject({ code: 'unreadable_file' });
  });

  test.each([
    [['progress', 'ada'], 'invalid_input', /--done: is missing/],
    [['progress', 'ada', '--done', 'NaN', '--of', '3'], 'invalid_input', /--done: must be a whole number/],
    [['progress', 'ada', '--done', '1.5', '--of', '3'], 'invalid_input', /--done: must be a whole number/],
    [['progress', 'ada', '--done=-1', '--of', '3'], 'invalid_input', /--done/],
    [['progress', 'ada', '--done', '4', '--of', '3'], 'invalid_input', /done: must be at most 3/],
    [['progress', 'ada', '--done', '1', '--of', '0'], 'invalid_input', /--of: must be at least 1/],
    [['progress', 'eve', '--done', '1', '--of', '2'], 'not_found', /agent eve/],
    [['progress', 'ada', '--mission', 'none', '--done', '1', '--of', '2'], 'not_found', /mission none/],
    [['mission', 'add', 'm', 'ada'], 'invalid_input', /--units: is missing/],
    [['mission', 'add', 'm', 'ada', '--unit', 'x', '--unit', 'x'], 'invalid_input', /units: is named twice/],
    [['mission', 'show', 'none'], 'not_found', /mission none/],
  ])('%j is refused with %s', async (argv, code, message) => {
    const { inPipe } = await hubWithAgents();
    await expect(inPipe(...argv)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  test('the border refuses what is no number, and a smaller share is an error with both shares', async () => {
    const { swarm } = await hubWithAgents();
    for (const done of [-1, Number.NaN, 0.5, Number.POSITIVE_INFINITY, '3' as unknown as number])
      await expect(swarm.missions.progress('ada', { done, of: 3 })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(swarm.missions.progress('ada', {})).rejects.toThrow(/done: is missing/);
    await swarm.missions.progress('ada', { done: 2, of: 3 });
    await expect(swarm.missions.progress('ada', { done: 1, of: 3 })).rejects.toMatchObject({
      code: 'illegal_transition',
      details: { done: 1, of: 3, current: { done: 2, of: 3 } },
    });
    const back = await swarm.missions.progress('ada', { done: 1, of: 3, back: true, evidence: 'reverted' });
    expect(back).toMatchObject({ change: 'back', mission: { done: 1 } });
    const { text } = await swarm.contexts.brief('ada');
    expect(text).toContain('## Your missions\n- ada: 1 of 3 units done (report_progress)');
  });
});
