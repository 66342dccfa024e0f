import { readFileSync } from 'node:fs';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startTempHub } from '../testing/temp-hub.ts';

const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);

async function hubWithAgents() {
  const hub = await startTempHub();
  onTestFinished(() => hub[Symbol.asyncDispose]());
  const swarm = await hub.connect();
  onTestFinished(() => swarm.close());
  for (const id of ['ada', 'bob']) await swarm.agents.add({ id });
  const tokenOf = async (agent: string) => {
    const { file } = await swarm.agents.token(agent);
    return readFileSync(file, 'utf8').trim();
  };
  /** An MCP client over streamable HTTP that bears this token. */
  const clientOf = async (token: string, query = '') => {
    const client = new Client({ name: 'test', version: '1' });
    const transport = new StreamableHTTPClientTransport(new URL(`${hub.url}/mcp${query}`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    });
    await client.connect(transport);
    onTestFinished(() => client.close());
    return client;
  };
  /** One request as it is on the wire. */
  const post = (token: string, id: number, name: string, args: object, headers: Record<string, string> = {}) =>
    fetch(`${hub.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } }),
    });
  return { hub, swarm, tokenOf, clientOf, post };
}

describe('MCP over HTTP', () => {
  test('serves tools and resources to the agent whose token is borne', async () => {
    const { swarm, tokenOf, clientOf } = await hubWithAgents();
    const ada = await clientOf(await tokenOf('ada'));
    expect(ada.getInstructions()).toContain('Your id is ada.');
    await ada.callTool({ name: 'send_message', arguments: { to: 'bob', body: 'over http', subject: 'hi' } });
    const bob = await clientOf(await tokenOf('bob'));
    const { structuredContent } = await bob.callTool({ name: 'check_inbox', arguments: { wait_seconds: 5 } });
    expect(structuredContent).toMatchObject({
      messages: [{ from: 'ada', body: expect.stringContaining('over http') as string }],
    });
    const [first] = (await swarm.search('over http')).map(({ message }) => message);
    await swarm.send({ to: 'ada', from: 'bob', body: 'answer </data-1>', replyTo: first?.id ?? '' });
    expect((await bob.listResources()).resources).toMatchObject([{ uri: 'waggle://brief' }]);
    expect((await bob.listResourceTemplates()).resourceTemplates).toMatchObject([{ name: 'thread' }]);
    const textOf = async (uri: string) => {
      const [content] = (await bob.readResource({ uri })).contents;
      return content !== undefined && 'text' in content ? content.text : '';
    };
    expect(await textOf('waggle://brief')).toMatch(/^# Brief for bob/);
    const thread = await textOf(`waggle://threads/${first?.threadId ?? ''}`);
    expect(thread).toMatch(/from ada to bob.*\)\n<data-(\w+)>\nSubject: hi\n\nover http\n<\/data-\1>/);
    expect(thread.indexOf('over http')).toBeLessThan(thread.indexOf('answer'));
    await expect(textOf('waggle://threads/none')).rejects.toThrow(/none/);
    await expect(textOf(`waggle://${'{'.repeat(5_000)}`)).rejects.toThrow(/does not exist/);
    await expect(textOf('waggle://threads/a b')).rejects.toThrow(/invalid_input/);
  });

  test('a long thread is cut from its beginning, and says so', async () => {
    const { swarm, tokenOf, clientOf } = await hubWithAgents();
    const root = await swarm.send({ to: 'ada', body: 'the beginning' });
    for (let n = 0; n < 8; n += 1)
      await swarm.send({ to: 'ada', subject: 'go on', body: `${n} ${'word '.repeat(1_500)}`, threadId: root.id });
    const ada = await clientOf(await tokenOf('ada'));
    const [content] = (await ada.readResource({ uri: `waggle://threads/${root.id}` })).contents;
    const text = content !== undefined && 'text' in content ? content.text : '';
    expect(text).toMatch(/\d earlier messages are not shown/);
    expect(text).not.toContain('the beginning');
    expect(text).toContain('Subject: go on\n\n7 word');
  });

  test(`two clients with the same ids, ${1_000 * scale} times: no answer is another's`, async () => {
    const { swarm, tokenOf, post } = await hubWithAgents();
    const tokens = { ada: await tokenOf('ada'), bob: await tokenOf('bob') };
    for (const id of ['ada', 'bob'] as const) await swarm.contexts.set(id, { mine: id }, { ifVersion: 0 });
    const wrong: string[] = [];
    const ask = async (agent: 'ada' | 'bob', id: number) => {
      // The other's session id, had it one, changes nothing.
      const send = () => post(tokens[agent], id, 'get_context', {}, { 'mcp-session-id': `session-${id % 7}` });
      // A connection that idled out as it was taken again is no answer at all; asking anew changes nothing.
      const response = await send().catch(send);
      const text = await response.text();
      const answer = JSON.parse(text.startsWith('{') ? text : (/^data: (.*)$/m.exec(text)?.[1] ?? '{}')) as {
        id?: number;
        result?: { structuredContent?: { namespace?: string } };
      };
      const owner = answer.result?.structuredContent?.namespace;
      if (answer.id !== id || owner !== agent) wrong.push(`${agent} ${id}: ${text}`);
    };
    for (let id = 1; id <= 1_000 * scale; id += 25) {
      const ids = Array.from({ length: 25 }, (_, index) => id + index);
      await Promise.all(ids.flatMap((one) => [ask('ada', one), ask('bob', one)]));
    }
    expect(wrong).toEqual([]);
  });

  test('every request is judged by its own token, Host and Origin', async () => {
    const { hub, swarm, tokenOf, post, clientOf } = await hubWithAgents();
    const token = await tokenOf('ada');
    expect((await post(token, 1, 'list_agents', {})).status).toBe(200);
    expect((await post('wrong', 2, 'list_agents', {})).status).toBe(401);
    expect((await post('', 3, 'list_agents', {})).status).toBe(401);
    expect((await post(token, 4, 'list_agents', {}, { origin: 'https://evil.example' })).status).toBe(403);
    // Node's fetch sets Host itself; a rebinding page would be seen by it, so it is asked for in another way.
    expect((await fetch(`${hub.url.replace('127.0.0.1', 'localhost')}/mcp`, { method: 'POST' })).status).toBe(401);
    const replaced = await tokenOf('ada');
    expect((await post(token, 5, 'list_agents', {})).status).toBe(401);
    expect((await post(replaced, 6, 'list_agents', {})).status).toBe(200);
    await swarm.agents.revoke('ada');
    expect((await post(replaced, 7, 'list_agents', {})).status).toBe(401);
    const { status } = await fetch(`${hub.url}/mcp`, { headers: { authorization: `Bearer ${hub.token}` } });
    expect(status).toBe(400);
    await expect(clientOf(hub.token)).rejects.toThrow(/must say for whom/);
    const operator = await clientOf(hub.token, '?agent=ada');
    const { structuredContent } = await operator.callTool({ name: 'list_agents', arguments: {} });
    expect(structuredContent).toMatchObject({ you: 'ada' });
    const bobs = await tokenOf('bob');
    await expect(clientOf(bobs, '?agent=ada')).rejects.toThrow(/cannot speak as ada/);
  });

  test('who hangs up while it waits takes nothing with it', async () => {
    const { hub, swarm, tokenOf, post } = await hubWithAgents();
    const token = await tokenOf('ada');
    const leave = new AbortController();
    const url = `${hub.url}/mcp`;
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'check_inbox', arguments: { wait_seconds: 50 } },
    });
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    const waiting = fetch(url, { method: 'POST', headers, body, signal: leave.signal }).then((answer) => answer.text());
    await expect.poll(() => hub.hub.messages.waiting).toBe(1);
    leave.abort();
    await expect(waiting).rejects.toThrow();
    await expect.poll(() => hub.hub.messages.waiting).toBe(0);
    await swarm.send({ to: 'ada', body: 'still here' });
    expect(await (await post(token, 2, 'check_inbox', {})).text()).toContain('still here');
  });
});
