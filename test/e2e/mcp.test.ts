import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readPid, runWaggle, startWaggle, temporaryFolder, waggleBin } from '../support/run-waggle.ts';

/** An MCP client of `waggle mcp`, spawned as an agent's program would. */
async function clientOf(agent: string, folder: string, more: NodeJS.ProcessEnv = {}, ...options: string[]) {
  const env = { ...(process.env as Record<string, string>), NO_COLOR: '1', ...more }; // set by whoever runs the tests
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [waggleBin, 'mcp', '--agent', agent, ...options],
    cwd: folder,
    env,
    stderr: 'pipe',
  });
  const client = new Client({ name: 'test', version: '1' });
  const broken: Error[] = [];
  // The SDK's own way to hear of errors; it is no event target.
  Object.assign(client, { onerror: (error: Error) => broken.push(error) });
  await client.connect(transport);
  onTestFinished(() => client.close());
  const call = async (name: string, args: Record<string, unknown> = {}) => {
    const { structuredContent, isError } = await client.callTool({ name, arguments: args });
    return { facts: structuredContent as Record<string, unknown>, isError: isError === true };
  };
  return { client, call, broken, transport };
}

const framed = (text: string) => expect.stringMatching(new RegExp(`<data-(\\w+)>\\n${text}\\n</data-\\1>$`)) as string;

const hubFile = (folder: string) => join(folder, '.waggle', 'hub.json');

describe('waggle mcp', () => {
  test('two agents send, wait, receive and settle over real pipes', async () => {
    const folder = await temporaryFolder();
    for (const id of ['ada', 'bob']) await runWaggle(['agent', 'add', id], { cwd: folder });
    const ada = await clientOf('ada', folder);
    const bob = await clientOf('bob', folder);
    expect((await ada.client.listTools()).tools.length).toBeGreaterThanOrEqual(7);
    const waiting = bob.call('check_inbox', { wait_seconds: 20 });
    await ada.call('send_message', { to: 'bob', body: 'hello from ada', priority: 'high' });
    const { facts } = await waiting;
    const [message] = facts['messages'] as { id: string; gen: number }[];
    expect(message).toMatchObject({ from: 'ada', body: framed('hello from ada'), priority: 'high' });
    expect((await bob.call('ack_message', { id: message?.id, gen: message?.gen })).facts).toMatchObject({
      state: 'acked',
    });
    expect([...ada.broken, ...bob.broken]).toEqual([]);
  });

  test('speaks as the agent with its own token, and no further than that token goes', async () => {
    const folder = await temporaryFolder();
    for (const id of ['ada', 'bob']) await runWaggle(['agent', 'add', id], { cwd: folder });
    await runWaggle(['agent', 'token', 'ada'], { cwd: folder });
    const { call } = await clientOf('ada', folder);
    await call('send_message', { to: 'bob', body: 'from me' });
    const { stdout } = await runWaggle(['inbox', 'bob', '--json', '--peek'], { cwd: folder });
    const { messages } = JSON.parse(stdout) as { messages: { from: string; via?: string }[] };
    expect(messages).toMatchObject([{ from: 'ada' }]);
    expect(messages[0]).not.toHaveProperty('via');
    expect((await call('get_context', { namespace: 'bob' })).facts).toMatchObject({ error: { code: 'forbidden' } });
    expect((await call('report_progress', { done: 1, of: 2 })).facts).toMatchObject({ change: 'forward' });
    await runWaggle(['agent', 'revoke', 'ada'], { cwd: folder });
    expect((await call('check_inbox')).facts).toMatchObject({ error: { code: 'unauthorized' } });
  });

  test('a token that is there and cannot be read gives nobody the authority of the operator', async () => {
    const folder = await temporaryFolder();
    for (const id of ['ada', 'bob']) await runWaggle(['agent', 'add', id], { cwd: folder });
    const { stdout: file } = await runWaggle(['agent', 'token', 'ada'], { cwd: folder });
    truncateSync(file.trim(), 10);
    const { call } = await clientOf('ada', folder);
    expect((await call('send_message', { to: 'bob', body: 'hi' })).facts).toMatchObject({
      error: { code: 'unauthorized' },
    });
    expect((await runWaggle(['inbox', 'bob', '--json', '--peek'], { cwd: folder })).stdout).toContain('"messages":[]');
  });

  test('is the agent that was started, whatever the settings of its client say', async () => {
    const folder = await temporaryFolder();
    for (const id of ['ada', 'claude']) await runWaggle(['agent', 'add', id], { cwd: folder });
    const { stdout: file } = await runWaggle(['agent', 'token', 'ada'], { cwd: folder });
    const { call } = await clientOf('claude', folder, { WAGGLE_AGENT: 'ada', WAGGLE_TOKEN_FILE: file.trim() });
    expect((await call('list_agents')).facts).toMatchObject({ you: 'ada' });
    expect((await call('send_message', { to: 'claude', body: 'hi' })).isError).toBe(false);
    expect((await call('check_inbox')).facts).toMatchObject({ messages: [] });
  });

  test('takes no other name than its token says, and the attempt is in the audit log', async () => {
    const folder = await temporaryFolder();
    for (const id of ['ada', 'bob', 'cyd']) await runWaggle(['agent', 'add', id], { cwd: folder });
    const { stdout: file } = await runWaggle(['agent', 'token', 'ada'], { cwd: folder });
    await runWaggle(['agent', 'token', 'bob'], { cwd: folder });
    await runWaggle(['send', 'bob', 'private'], { cwd: folder });
    const { call } = await clientOf('bob', folder, { WAGGLE_TOKEN_FILE: file.trim() });
    for (const tried of [await call('check_inbox'), await call('send_message', { to: 'cyd', body: 'I am bob' })])
      expect(tried.facts).toMatchObject({ error: { code: 'forbidden' } });
    const { stdout } = await runWaggle(['audit', 'list', '--json'], { cwd: folder });
    expect(stdout).toMatch(/"actor":"ada".*"outcome":"(refused|denied)"/);
    expect((await runWaggle(['inbox', 'cyd', '--json', '--peek'], { cwd: folder })).stdout).toContain('"messages":[]');
  });

  test('an agent that was added without a client is known for the one it is served to, and so watched for loops', async () => {
    const folder = await temporaryFolder();
    await runWaggle(['agent', 'add', 'ada'], { cwd: folder });
    const { call } = await clientOf('ada', folder, {}, '--client', 'claude');
    await call('list_agents');
    const { stdout } = await runWaggle(['agent', 'show', 'ada', '--json'], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({ id: 'ada', client: 'claude' });
  });

  test('brings a hub back that was killed, without being asked, and leaves one alone that was told to stop', async () => {
    const folder = await temporaryFolder();
    await runWaggle(['agent', 'add', 'ada'], { cwd: folder });
    const { call } = await clientOf('ada', folder);
    await call('list_agents');
    const first = readPid(hubFile(folder));
    process.kill(first ?? 0, 'SIGKILL');
    await expect.poll(() => readPid(hubFile(folder)) ?? first).not.toBe(first);
    expect((await call('send_message', { to: 'ada', body: 'note to self' })).isError).toBe(false);
    await runWaggle(['down'], { cwd: folder });
    const status = await runWaggle(['status', '--json'], { cwd: folder });
    expect(status.code).toBe(3);
    // The next call starts it again: what was accepted is still there.
    expect((await call('check_inbox')).facts).toMatchObject({ messages: [{ body: framed('note to self') }] });
  });

  test('says in its answers that there is no swarm, finds one that is made meanwhile, and registers its agent there', async () => {
    const folder = await temporaryFolder();
    const { call } = await clientOf('ada', folder);
    expect(await call('check_inbox')).toMatchObject({
      isError: true,
      facts: { error: { code: 'not_found', retry: 'never' } },
    });
    await runWaggle(['agent', 'add', 'bob'], { cwd: folder });
    expect((await call('check_inbox')).facts).toMatchObject({ messages: [] });
    expect((await call('list_agents')).facts).toMatchObject({ you: 'ada', agents: [{ id: 'ada' }, { id: 'bob' }] });
    // Whom a model drives is watched for loops, whether its server or its first hook was there first.
    const cy = await clientOf('cy', folder, {}, '--client', 'codex');
    await cy.call('list_agents');
    const { stdout } = await runWaggle(['agent', 'list', '--json'], { cwd: folder });
    expect((JSON.parse(stdout) as { agents: unknown }).agents).toMatchObject([
      { id: 'ada', client: 'mcp' },
      { id: 'bob' },
      { id: 'cy', client: 'codex' },
    ]);
  });

  test('writes nothing but the protocol, and ends when its input does', async () => {
    const folder = await temporaryFolder();
    await runWaggle(['agent', 'add', 'ada'], { cwd: folder });
    await runWaggle(['down'], { cwd: folder });
    const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
    const request = (id: number, method: string, params: object) =>
      `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
    const running = startWaggle(['mcp', '--agent', 'ada'], { cwd: folder, stdin: null });
    const { stdin } = running.process;
    stdin?.write(request(1, 'initialize', hello));
    stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\nnot json\n`);
    stdin?.write(request(2, 'tools/call', { name: 'list_agents', arguments: {} }));
    await running.printed('"id":2');
    // One that waits does not keep the process.
    stdin?.write(request(3, 'tools/call', { name: 'check_inbox', arguments: { wait_seconds: 50 } }));
    stdin?.end();
    const { code, stdout, stderr } = await running.done;
    expect(code).toBe(0);
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    expect(stderr).toContain('started a hub in the background');
    expect(JSON.parse(readFileSync(hubFile(folder), 'utf8'))).toHaveProperty('pid');
  });

  test('refuses to start without an agent, before it speaks', async () => {
    const folder = await temporaryFolder();
    const missing = await runWaggle(['mcp'], { cwd: folder });
    expect([missing.code, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toContain('--agent');
    expect((await runWaggle(['mcp', '--agent', 'NOT OK'], { cwd: folder })).code).toBe(2);
  });
});
