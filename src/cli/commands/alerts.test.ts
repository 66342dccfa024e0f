import { expect, onTestFinished, test } from 'vitest';
import { commandRunner } from '../../testing/cli-context.ts';
import { startTempHub } from '../../testing/temp-hub.ts';

/** A hub with an alert that fires at once: nobody may have a message waiting. */
async function alerting() {
  const rules = [{ name: 'quiet', figure: 'depth', threshold: 0 }];
  const hub = await startTempHub({ config: { monitor: { rules } } });
  onTestFinished(() => hub[Symbol.asyncDispose]());
  const swarm = await hub.connect();
  onTestFinished(() => swarm.close());
  await swarm.agents.add({ id: 'ada' });
  const fire = async () => {
    await swarm.send({ to: 'ada', body: 'hello' });
    for await (const event of swarm.events()) if (event.type === 'alert.fired') return String(event.data['id']);
    throw new Error('the events ended');
  };
  return { hub, swarm, fire, atTerminal: commandRunner(swarm), inPipe: commandRunner(swarm, { terminal: false }) };
}

test('alerts are listed, acknowledged, silenced and resolved', async () => {
  const { swarm, fire, atTerminal, inPipe } = await alerting();
  expect((await atTerminal('alerts', 'list')).stderr).toContain('no alerts');
  const id = await fire();
  const listed = await atTerminal('alerts', 'list', '--state', 'firing');
  expect(listed.stdout).toMatch(/ALERT +SEVERITY/);
  expect(listed.stdout).toContain(id);
  expect((await inPipe('alerts', 'list', '--limit', '1', '--json')).stdout).toMatch(
    /^\{"alerts":\[\{.*"next":"alt_.*\n$/,
  );
  expect((await inPipe('alerts', 'list', '--limit', '1')).stderr).toContain(`more: waggle alerts list --after ${id}`);
  expect((await inPipe('alerts', 'list', '--after', id)).stderr).toContain('no alerts');
  expect((await atTerminal('alerts', 'ack', id)).stdout).toContain(`✓ ${id} is acknowledged: messages waiting`);
  expect(JSON.parse((await inPipe('alerts', 'ack', id, '--json')).stdout)).toMatchObject({
    state: 'acknowledged',
    acknowledgedBy: 'operator',
  });
  const silenced = await inPipe(
    'alerts',
    'silence',
    'quiet',
    '--for',
    '2h',
    '--subject',
    'bob',
    '--reason',
    'on holiday',
  );
  expect(silenced.stdout).toMatch(/^sil_\w+ silences quiet of bob until 20.*, by operator \(on holiday\)\n$/);
  expect((await atTerminal('alerts', 'silence', '--all')).stdout).toContain('silences every alert until');
  expect((await atTerminal('alerts', 'list')).stderr).toContain('silences quiet of bob');
  const made = JSON.parse((await inPipe('alerts', 'silence', 'quiet', '--json')).stdout);
  expect(Date.parse(made.untilAt) - Date.parse(made.createdAt)).toBe(3_600_000);
  expect((await inPipe('alerts', 'silence', '--end', made.id)).stdout).toBe(`${made.id} has ended\n`);
  await expect(inPipe('alerts', 'silence', '--end', made.id)).rejects.toMatchObject({ code: 'not_found' });
  expect(JSON.parse((await inPipe('alerts', 'silence', 'depth', '--json')).stdout)).toMatchObject({ rule: 'depth' });
  const [first] = (await swarm.alerts.list()).silences;
  expect(JSON.parse((await inPipe('alerts', 'silence', '--end', first?.id ?? '', '--json')).stdout)).toEqual({
    ended: first?.id,
  });
  expect((await inPipe('alerts', 'resolve', id)).stdout).toContain(`${id} is resolved`);
});

test('rules say when they fire, when it is over, and what they have found', async () => {
  const { fire, atTerminal, inPipe } = await alerting();
  await fire();
  const { stdout } = await inPipe('alerts', 'rules');
  expect(stdout).toContain('disk-low\tfree disk space\tbelow 512 MiB\tat least 768 MiB\t10 s\twarning\tquiet');
  expect(stdout).toContain('quiet\tmessages waiting\tabove 0\tat most 0\t0 ms\twarning\tfiring');
  expect((await atTerminal('alerts', 'rules')).stdout).toMatch(/RULE +FIGURE/);
  expect(JSON.parse((await inPipe('alerts', 'rules', '--json')).stdout).rules.length).toBeGreaterThan(20);
});

test('what is not meant is refused, and nothing is changed', async () => {
  const { swarm, inPipe } = await alerting();
  const refused = (...argv: string[]) => inPipe('alerts', ...argv).catch((error: unknown) => error);
  expect(await refused('silence')).toMatchObject({
    code: 'invalid_input',
    message: expect.stringContaining('give a rule'),
  });
  expect(await refused('silence', 'depth', '--all')).toMatchObject({ code: 'invalid_input' });
  expect(await refused('silence', 'no-such-rule')).toMatchObject({
    message: expect.stringContaining('is no rule of this hub'),
  });
  expect(await refused('silence', 'depth', '--for', '8d')).toMatchObject({ code: 'invalid_input' });
  expect(await refused('ack', 'msg_1')).toMatchObject({ message: expect.stringContaining('must be an alert id') });
  expect(await refused('ack', 'alt_00000000000000ff')).toMatchObject({ code: 'not_found' });
  expect(await refused('resolve', 'alt_00000000000000ff')).toMatchObject({ code: 'not_found' });
  await expect(swarm.series({ after: 'yesterday' })).rejects.toMatchObject({ code: 'invalid_input' });
  const seen = { source: '/q', state: 'damaged', at: '2026-01-01T00:00:00Z' } as const;
  await expect(swarm.observe({ ...seen, source: '' })).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(swarm.observe({ ...seen, at: 'now' })).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(swarm.observe({ ...seen, errors: -1 })).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(swarm.observe({ ...seen, problem: 'a\u0007b' })).rejects.toMatchObject({ code: 'invalid_input' });
  expect((await swarm.health()).sources).toEqual([]);
  expect((await swarm.alerts.list()).silences).toEqual([]);
});

test('an agent sees alerts and may not silence them; a lead may acknowledge', async () => {
  const { hub, swarm, fire } = await alerting();
  const id = await fire();
  await swarm.agents.token('ada', { role: 'lead' });
  const { connectSwarm } = await import('../../sdk/connect.ts');
  await using lead = await connectSwarm({ dir: hub.dir, start: false, agent: 'ada' });
  expect((await lead.alerts.list()).alerts).toMatchObject([{ id }]);
  expect(await lead.alerts.ack(id)).toMatchObject({ acknowledgedBy: 'ada' });
  await expect(lead.alerts.silence({ all: true, forMs: 1_000 })).rejects.toMatchObject({ code: 'forbidden' });
  await expect(lead.alerts.resolve(id)).rejects.toMatchObject({ code: 'forbidden' });
  const rows = (await swarm.audit.list()).entries.map(({ action, outcome, actor }) => [action, outcome, actor]);
  expect(rows).toContainEqual(['alerts.silence', 'refused', 'ada']);
});
