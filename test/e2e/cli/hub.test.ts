import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { swarm } from '../../support/cli-swarm.ts';
import { readPid, runWaggle, startWaggle } from '../../support/run-waggle.ts';

describe('the hub', { timeout: 60_000 }, () => {
  test('runs in the foreground, refuses a second one, and drains on SIGINT', async () => {
    const { cwd, run, json, fails } = await swarm();
    const hub = startWaggle(['up', '--port', '0'], { cwd, timeoutMs: 50_000 });
    await hub.printed('store\t');
    const found = await json('status');
    expect(Object.keys(found).slice(0, 8)).toEqual([
      'pid',
      'url',
      'socket',
      'dashboard',
      'version',
      'startedAt',
      'agents',
      'store',
    ]);
    expect(found.pid).toBe(hub.process.pid);
    expect((await run('status')).stdout).toContain(`address\t${found.url}`);
    expect((await fails(5, 'up')).code).toBe('hub_already_running');
    await json('agent', 'add', 'bob');
    await json('send', 'bob', 'survives');
    hub.process.kill('SIGINT');
    expect(await hub.done).toMatchObject({ code: 0 });
    expect((await json('inbox', 'bob')).messages).toMatchObject([{ body: 'survives' }]);
  });

  test('that does not run: status is exit 3, down is done, and neither makes anything', async () => {
    const { cwd, run, fails, json } = await swarm();
    expect((await fails(3, 'status')).message).toContain('no hub is running here');
    expect(await run('down')).toMatchObject({ code: 0, stdout: 'no hub is running here\n' });
    expect(await json('down')).toEqual({ stopped: false });
    expect((await fails(3, 'inbox', 'bob')).code).toBe('not_found');
    expect((await run('completion', 'bash')).stdout).toContain('waggle complete');
    expect(existsSync(join(cwd, '.waggle'))).toBe(false);
    await json('agent', 'add', 'bob');
    const pid = readPid(join(cwd, '.waggle', 'hub.json'));
    expect(await json('down')).toEqual({ stopped: true, pid });
    expect(readPid(join(cwd, '.waggle', 'hub.json'))).toBeUndefined();
    expect((await fails(3, 'status')).code).toBe('not_found');
    expect(readPid(join(cwd, '.waggle', 'hub.json'))).toBeUndefined();
  });

  test('that cannot run: status says why, and sends nobody to a backup of a sound store', async () => {
    const { cwd, fails, json } = await swarm();
    await json('agent', 'add', 'bob');
    await json('down');
    const store = join(cwd, '.waggle', 'waggle.db');
    const bytes = readFileSync(store);
    const newer = Buffer.from(bytes);
    newer.writeUInt32BE(9_999, 60); // user_version in the header of the file
    writeFileSync(store, newer);
    for (const command of [['status'], ['queue', 'stats']]) {
      expect(await fails(1, ...command)).toMatchObject({
        code: 'schema_too_new',
        message: expect.stringContaining('install a newer Waggle') as string,
      });
    }
    writeFileSync(store, '');
    expect((await fails(1, 'status')).code).toBe('store_missing');
    rmSync(store);
    expect((await fails(1, 'status')).code).toBe('store_missing');
    writeFileSync(store, bytes.subarray(0, 6_000));
    const { code, message } = await fails(1, 'status');
    expect(code).toBe('store_corrupt');
    expect(message.match(/nothing was changed/g)).toHaveLength(1);
  });

  test('makes the directory where there is none, says so, and tells a script where it is', async () => {
    const { cwd, fails } = await swarm();
    expect((await fails(2, 'up', '--port', '99999')).message).toContain('--port: must be 0 to 65535, got 99999');
    const hub = startWaggle(['up', '--port', '0', '--json', '--no-open'], { cwd });
    await hub.printed('"pid":');
    expect(JSON.parse(hub.stdout())).toMatchObject({ pid: hub.process.pid, store: { state: 'open' } });
    expect(hub.stderr()).toContain(`creating the swarm directory ${join(cwd, '.waggle')}`);
    hub.process.kill('SIGTERM');
    expect(await hub.done).toMatchObject({ code: 0, stderr: expect.stringContaining('finishing what was accepted') });
  });

  test('that cannot start in the background tells whoever needed it why', async () => {
    const { cwd, json, fails, run } = await swarm();
    await json('agent', 'add', 'bob');
    await json('down');
    await writeFile(join(cwd, '.waggle', 'config.json'), '{"limits":{"bodyBites":1}}');
    expect((await fails(2, 'send', 'bob', 'x')).message).toContain('bodyBites');
    expect((await run('doctor')).stdout).toContain('warn log');
    await rm(join(cwd, '.waggle', 'config.json'));
    const alone = startWaggle(['up', '--background', '--idle-exit', '1ms', '--dir', cwd], { cwd });
    expect(await alone.done).toMatchObject({ code: 0, stdout: '' });
  });

  test('is found from below and by --dir', async () => {
    const { cwd, json } = await swarm();
    await json('agent', 'add', 'bob');
    await mkdir(join(cwd, 'deep', 'er'), { recursive: true });
    const below = await runWaggle(['agent', 'list', '--json'], { cwd: join(cwd, 'deep', 'er') });
    expect(JSON.parse(below.stdout).agents).toHaveLength(1);
    const elsewhere = await runWaggle(['agent', 'list', '--json', '--dir', join(cwd, '.waggle')], { cwd: '/' });
    expect(JSON.parse(elsewhere.stdout).agents).toHaveLength(1);
  });
});
