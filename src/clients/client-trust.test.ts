import { chmodSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { tempFolder } from '../testing/temp-hub.ts';
import { clientTrust } from './client-trust.ts';
import { claude } from './programs/claude.ts';
import { codex } from './programs/codex.ts';

function home(files: Record<string, unknown> = {}) {
  const folder = tempFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const path = realpathSync(folder.path);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return path;
}

describe('Claude Code', () => {
  const trusted = { hasTrustDialogAccepted: true };
  const ask = (project: string, at: string, env = {}) =>
    clientTrust(claude, { project, home: at, env, clock: systemClock });

  test('is trusted when the folder and the server were accepted, wherever that is noted', async () => {
    const project = home({ '.claude/settings.local.json': '{"enabledMcpjsonServers": ["waggle",],}' });
    const at = home({ '.claude.json': { projects: { [project]: trusted } } });
    expect(await ask(project, at)).toMatchObject({ status: 'given' });
    const elsewhere = home({
      '.claude.json': { projects: { [project]: { ...trusted, enabledMcpjsonServers: ['waggle'] } } },
    });
    expect(await ask(home(), at, { CLAUDE_CONFIG_DIR: elsewhere })).toMatchObject({ status: 'missing' });
    expect(await ask(project, home(), { CLAUDE_CONFIG_DIR: elsewhere })).toMatchObject({ status: 'given' });
  });

  test.each([
    ['nothing is noted', undefined, {}, /folder is not trusted/],
    ['the note is damaged', '{"projects":', {}, /folder is not trusted/],
    ['the server was never accepted', trusted, {}, /MCP server waggle is not approved/],
    ['the server was refused', { ...trusted, disabledMcpjsonServers: ['waggle'] }, {}, /was refused/],
    ['hooks are off', trusted, { '.claude/settings.json': { disableAllHooks: true } }, /disableAllHooks/],
  ])('misses something when %s', async (_, noted, files, detail) => {
    const project = home(files);
    const content = typeof noted === 'object' ? { projects: { [project]: noted } } : noted;
    const at = home(content === undefined ? {} : { '.claude.json': content });
    expect(await ask(project, at)).toMatchObject({ status: 'missing', detail: expect.stringMatching(detail) });
  });
});

describe('Codex', () => {
  /** A program named codex whose app server lists these hooks; `said` replaces its answer. */
  async function ask(hooks: object[] | string, options: { clock?: ManualClock } = {}) {
    const project = home();
    const listed =
      typeof hooks === 'string'
        ? hooks
        : hooks.map((hook) => ({ sourcePath: join(project, '.codex/hooks.json'), enabled: true, ...hook }));
    const bin = home({
      codex: `#!${process.execPath}
const { createInterface } = require('node:readline');
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method } = JSON.parse(line);
  if (method === 'initialize') console.log('not json\\n' + JSON.stringify({ id, result: {} }));
  if (method === 'hooks/list') console.log(JSON.stringify({ method: 'a/notification' }) + '\\n' + ${
    typeof listed === 'string'
      ? JSON.stringify(listed)
      : `JSON.stringify({ id, result: { data: [{ hooks: ${JSON.stringify(listed)} }] } })`
  });
});`,
    });
    chmodSync(join(bin, 'codex'), 0o755);
    return clientTrust(codex, { project, home: bin, env: { PATH: bin }, clock: options.clock ?? systemClock });
  }
  const ours = { command: 'exec node /x/waggle.js hook codex Stop --agent codex', trustStatus: 'trusted' };

  test('is trusted when it says so of every hook of ours', async () => {
    expect(await ask([ours, { ...ours, command: 'theirs', trustStatus: 'untrusted' }])).toEqual({
      status: 'given',
      detail: 'folder trusted, 1 hooks reviewed',
    });
  });

  test.each([
    ['it lists none of ours', [], /folder is not trusted/],
    ['one is new', [ours, { ...ours, trustStatus: 'untrusted' }], /1 of 2 hooks are not reviewed/],
    ['one was changed since', [{ ...ours, trustStatus: 'modified' }], /1 of 1 hooks are not reviewed/],
    ['one is off', [{ ...ours, enabled: false }], /switched off/],
  ])('misses something when %s', async (_, hooks, detail) => {
    expect(await ask(hooks)).toMatchObject({ status: 'missing', detail: expect.stringMatching(detail) });
  });

  test('is unknown when nobody answers as expected', async () => {
    expect(await ask('{"id":2,"error":{"code":-32601}}')).toMatchObject({ status: 'unknown' });
    expect(await clientTrust(codex, { project: home(), home: '/', env: {}, clock: systemClock })).toMatchObject({
      status: 'unknown',
      detail: 'codex is not on the PATH',
    });
    const clock = new ManualClock();
    const asked = ask('{"id":7}', { clock });
    await expect.poll(() => clock.pending).toBe(1);
    clock.advance(10_000);
    expect(await asked).toMatchObject({ status: 'unknown', detail: expect.stringContaining('did not list') });
  });
});
