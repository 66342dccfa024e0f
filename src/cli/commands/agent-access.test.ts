import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Swarm } from '../../sdk/swarm.ts';
import { commandRunner } from '../../testing/cli-context.ts';
import { startTempHub } from '../../testing/temp-hub.ts';

let hub: Awaited<ReturnType<typeof startTempHub>>;
let swarm: Swarm;
beforeAll(async () => {
  hub = await startTempHub();
  swarm = await hub.connect();
});
afterAll(async () => {
  await swarm.close();
  await hub[Symbol.asyncDispose]();
});

const run = (...argv: string[]) => commandRunner(swarm, { terminal: false, cwd: '/work' })(...argv);

test('agent add takes a team, a capacity and a folder, and never overwrites', async () => {
  const { stdout } = await run(
    'agent',
    'add',
    'ada',
    '--team',
    'red',
    '--capacity',
    '2',
    '--workspace',
    'repo',
    '--json',
  );
  expect(JSON.parse(stdout)).toMatchObject({
    id: 'ada',
    team: 'red',
    capacity: 2,
    workspace: '/work/repo',
    state: 'offline',
  });
  await expect(run('agent', 'add', 'ada', '--team', 'blue')).rejects.toMatchObject({ code: 'already_exists' });
  await expect(run('agent', 'add', 'bob', '--capacity', 'many')).rejects.toMatchObject({ code: 'invalid_input' });
});

test('agent report says what an agent is doing', async () => {
  const blocked = await run('agent', 'report', 'ada', 'blocked', '--reason', 'waits for an approval', '--json');
  expect(JSON.parse(blocked.stdout)).toMatchObject({ state: 'blocked', stateReason: 'waits for an approval' });
  expect((await run('agent', 'report', 'ada', 'working')).stdout).toBe('ada is working\n');
  await expect(run('agent', 'report', 'ada', 'dancing')).rejects.toThrow(/Allowed choices are idle, starting/);
});

test('agent token prints where the token is, and nothing of it; agent revoke ends it', async () => {
  const { stdout, stderr } = await run('agent', 'token', 'ada', '--role', 'lead', '--expires', '24h');
  expect(stdout).toBe(`${hub.dir}/agents/ada/token\n`);
  expect(stderr).toMatch(/ada is incarnation 1 \(lead\) until 20\S+; earlier tokens of it are refused/);
  expect((await run('agent', 'token', 'ada')).stderr).toMatch(/ada is incarnation 2 \(agent\); earlier/);
  const json = JSON.parse((await run('agent', 'token', 'ada', '--json')).stdout) as object;
  expect(json).toEqual({
    agent: 'ada',
    role: 'agent',
    incarnation: 3,
    file: `${hub.dir}/agents/ada/token`,
    issuedAt: expect.any(String),
  });
  await expect(run('agent', 'token', 'ada', '--role', 'operator')).rejects.toThrow(/Allowed choices are/);
  expect((await run('agent', 'revoke', 'ada')).stdout).toMatch(
    /^the token of ada is over; .* waggle agent token ada\n/,
  );
  expect(JSON.parse((await run('agent', 'revoke', 'ada', '--json')).stdout)).toMatchObject({
    agent: 'ada',
    incarnation: 3,
  });
});

test('audit list and verify show what was done', async () => {
  const { stdout } = await run('audit', 'list', '--actor', 'operator', '--limit', '2');
  expect(stdout.split('\n')[0]).toMatch(/^\d+\t20\S+\toperator\tagent\.revoke\tada\tdone\t1\t$/);
  const page = JSON.parse((await run('audit', 'list', '--limit', '1', '--json')).stdout) as { next: number };
  expect((await run('audit', 'list', '--limit', '1')).stderr).toContain(`waggle audit list --before ${page.next}`);
  expect((await run('audit', 'list', '--outcome', 'refused')).stderr).toBe('nothing has been noted\n');
  const verified = await run('audit', 'verify');
  expect(verified).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\d+ rows, none changed, moved or missing/),
  });
});

test('audit verify that finds something says what and exits 1', async () => {
  const problems = [{ what: 'truncated', seq: 4, detail: 'gone \u001b[2J' }] as const;
  const report = { ok: false, checked: 3, witnessed: 0, problems };
  const broken = { ...swarm, audit: { ...swarm.audit, verify: async () => report } };
  const text = await commandRunner(broken, { terminal: false })('audit', 'verify');
  expect(text).toMatchObject({ code: 1, stdout: 'truncated at row 4: gone [2J\n' });
  expect(text.stderr).toContain('cut off at the end could not be seen');
  const json = await commandRunner(broken, { terminal: false })('audit', 'verify', '--json');
  expect([json.code, JSON.parse(json.stdout)]).toEqual([1, report]);
});
