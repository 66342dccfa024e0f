import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { applySetup } from '../../clients/apply-setup.ts';
import { claude } from '../../clients/programs/claude.ts';
import { codex } from '../../clients/programs/codex.ts';
import { planSetup } from '../../clients/setup-plan.ts';
import { systemClock } from '../../clock.ts';
import { tempFolder } from '../../testing/temp-hub.ts';
import { checkClients } from './client-checks.ts';

/** A project that was set up for both clients; `program` is where their settings say Waggle is. */
function setUp(program?: string) {
  const folder = tempFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const project = realpathSync(folder.path);
  const directory = join(project, '.waggle');
  mkdirSync(directory);
  const bin = program ?? join(project, 'waggle.js');
  if (program === undefined) writeFileSync(bin, '');
  const command = { words: ['node', bin], agent: 'ada', directory } as const;
  applySetup(
    directory,
    planSetup(project, [
      { client: claude, command },
      { client: codex, command },
    ]),
  );
  return { project, check: () => checkClients(directory, { home: project, env: {}, clock: systemClock }) };
}

test('says of each client what is still missing', async () => {
  const at = setUp();
  expect(await at.check()).toMatchObject([
    { name: 'claude', status: 'warn', detail: expect.stringContaining('not trusted yet'), fix: claude.trust },
    { name: 'codex', status: 'ok', detail: expect.stringContaining('cannot be seen here (codex is not on the PATH)') },
  ]);
  const noted = { projects: { [at.project]: { hasTrustDialogAccepted: true, enabledMcpjsonServers: ['waggle'] } } };
  writeFileSync(join(at.project, '.claude.json'), JSON.stringify(noted));
  expect((await at.check())[0]).toEqual({
    name: 'claude',
    status: 'ok',
    detail: 'folder trusted, MCP server approved',
  });
});

test('finds settings that lost their entries, lead nowhere or do not parse', async () => {
  expect(await setUp('/gone/waggle.js').check()).toMatchObject([
    { status: 'warn', detail: '.mcp.json runs /gone/waggle.js, which is gone', fix: 'waggle init --client claude' },
    { status: 'warn', detail: '.codex/config.toml runs /gone/waggle.js, which is gone' },
  ]);
  const at = setUp();
  writeFileSync(join(at.project, '.claude/settings.json'), '{}');
  writeFileSync(join(at.project, '.codex/hooks.json'), '{');
  expect(await at.check()).toMatchObject([
    { name: 'claude', status: 'warn', detail: '.claude/settings.json has no entries of Waggle any more' },
    { name: 'codex', status: 'fail', detail: expect.stringContaining('hooks.json: is not JSON') },
  ]);
});
