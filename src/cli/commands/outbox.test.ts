import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commandRunner } from '../../testing/cli-context.ts';
import { eventually } from '../../testing/eventually.ts';
import { startTempHub } from '../../testing/temp-hub.ts';

async function hubWithReceiver() {
  const hub = await startTempHub();
  onTestFinished(() => hub[Symbol.asyncDispose]());
  const swarm = await hub.connect();
  onTestFinished(() => swarm.close());
  let status = 401;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(status).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return {
    hub,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`, // it listens on a port
    answer: (next: number) => (status = next),
    atTerminal: commandRunner(swarm),
    inPipe: commandRunner(swarm, { terminal: false, cwd: hub.dir }),
  };
}

test('a webhook is added, refused, mended, redriven and removed', async () => {
  const { url, answer, atTerminal, inPipe } = await hubWithReceiver();
  expect((await atTerminal('outbox', 'destinations')).stderr).toContain('no destinations yet');
  expect((await atTerminal('outbox', 'list')).stderr).toContain('nothing here');
  const added = await atTerminal('outbox', 'add', 'build', '--url', url);
  expect(added.stdout).toMatch(/build posts to http:\/\/127\.0\.0\.1:\d+; .*\nwhsec_/);
  const id = JSON.parse((await inPipe('outbox', 'test', 'build', '--json')).stdout).id;
  await eventually(async () => expect((await inPipe('outbox', 'list', '--state', 'dead')).stdout).toContain(id));
  const [where] = JSON.parse((await inPipe('outbox', 'destinations', '--json')).stdout).destinations;
  expect(where).toMatchObject({ name: 'build', publisher: 'webhook', disabled: 'answered 401' });
  expect((await atTerminal('outbox', 'destinations')).stdout).toContain('disabled: answered 401');
  answer(200);
  expect((await inPipe('outbox', 'redrive', '--destination', 'build')).stdout).toBe('1 entry will be sent again\n');
  await eventually(async () => expect((await inPipe('outbox', 'list', '--state', 'sent')).stdout).toContain(id));
  expect((await atTerminal('outbox', 'list')).stdout).toContain('answered 200');
  expect((await atTerminal('outbox', 'list', '--limit', '1')).stderr).toContain(`--after ${id}`);
  const everything = [added, await inPipe('outbox', 'list', '--json'), await inPipe('outbox', 'destinations')];
  expect(everything.map(({ stdout }) => stdout).join('')).not.toContain('secret-path');
  expect((await atTerminal('outbox', 'test', 'build')).stdout).toContain('queued');
  expect(
    JSON.parse((await inPipe('outbox', 'redrive', id, '--json').catch(() => ({ stdout: '{"refused":true}' }))).stdout),
  ).toEqual({
    refused: true, // it was sent
  });
  expect((await atTerminal('outbox', 'destinations')).stdout).toContain('open');
  expect((await atTerminal('outbox', 'remove', 'build')).stdout).toContain('build removed');
  expect(JSON.parse((await inPipe('outbox', 'add', 'two', '--url', url, '--json')).stdout).secret).toMatch(/^whsec_/);
  expect(JSON.parse((await inPipe('outbox', 'remove', 'two', '--json')).stdout)).toEqual({ name: 'two', buried: 0 });
  await expect(inPipe('outbox', 'remove', 'build')).rejects.toMatchObject({ code: 'not_found' });
});

test('a secret may be brought, on a line of its own in a file; an address comes from stdin', async () => {
  const { hub, inPipe } = await hubWithReceiver();
  mkdirSync(hub.dir, { recursive: true });
  const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
  writeFileSync(join(hub.dir, 'hook.secret'), `${secret}\n`);
  const at = ['--url', 'https://example.com/x', '--secret-file', 'hook.secret'];
  expect((await inPipe('outbox', 'add', 'own', ...at)).stdout).toBe('own posts to https://example.com\n');
  expect(JSON.parse((await inPipe('outbox', 'add', 'own', ...at, '--json')).stdout)).toMatchObject({ secret });
  await expect(inPipe('outbox', 'add', 'own', '--url', '-')).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(inPipe('outbox', 'add', 'own')).rejects.toThrow(/--url/);
  await expect(inPipe('outbox', 'add', 'own', ...at.slice(0, 3), 'gone')).rejects.toMatchObject({
    code: 'unreadable_file',
  });
  await expect(inPipe('outbox', 'redrive')).rejects.toThrow(/exactly one of ids, destination or all/);
  expect(JSON.parse((await inPipe('outbox', 'redrive', '--all', '--json')).stdout)).toEqual({ redriven: 0 });
});
