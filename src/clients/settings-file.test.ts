import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { tempFolder } from '../testing/temp-hub.ts';
import { applySetup } from './apply-setup.ts';
import { hookCommand } from './client.ts';
import { clientTrust } from './client-trust.ts';
import { hookEntries } from './hook-entries.ts';
import { mcpEntry } from './mcp-entry.ts';
import { openCodePlugin } from './opencode-plugin.ts';
import { codex } from './programs/codex.ts';
import { gemini } from './programs/gemini.ts';
import { combined } from './settings-file.ts';
import { readJournal } from './setup-journal.ts';
import { planSetup } from './setup-plan.ts';
import { tomlServer } from './toml-block.ts';
import { applyUndo, planUndo } from './undo-setup.ts';
import { unifiedDiff } from './unified-diff.ts';

const command = { words: ['/opt/my node', "/opt/it's/waggle.js"], agent: 'ada', directory: '/w/.waggle' } as const;

test('a path with blanks and quotes reaches the shell as one word', () => {
  expect(hookCommand('claude', 'Stop', command)).toBe(
    `exec '/opt/my node' '/opt/it'\\''s/waggle.js' hook claude Stop --agent ada --dir /w/.waggle`,
  );
  const table = hookEntries({
    path: 'x',
    shape: 'flat',
    events: { stop: [{ command: hookCommand('cursor', 'stop', command) }] },
  });
  const once = table.install(undefined);
  expect(table.install(once)).toBe(once); // quoted, it is still known as ours
});

describe('entries that are not there are not taken out', () => {
  test.each([
    ['a server of somebody else', mcpEntry('x', 'mcpServers', {}), '{"mcpServers":{"waggle":{"command":"dance"}}}'],
    ['no server', mcpEntry('x', 'mcpServers', {}), '{"mcpServers":{}}'],
    [
      'entries that are no handlers',
      hookEntries({ path: 'x', shape: 'flat', events: {} }),
      '{"hooks":{"stop":[1,null,{}]}}',
    ],
    ['a TOML file without our block', tomlServer('x', {}), 'a = 1 # one\n'],
    ['a plugin of somebody else', openCodePlugin(command), '// theirs\n'],
  ])('%s', (_, file, text) => {
    expect(file.remove(text)).toBe(text);
  });

  test('what only held ours is gone with it', () => {
    const servers = mcpEntry('x', 'mcpServers', { command: 'waggle', args: ['mcp', '--agent', 'ada'] });
    const both = combined('x', [servers, servers]);
    expect(both.remove(both.install(undefined))).toBeUndefined();
  });
});

describe('TOML', () => {
  const file = tomlServer('config.toml', { command: 'waggle', args: ['mcp'] });

  test('dates, arrays of tables and other servers are the same after as before', () => {
    const text = 'when = 2026-01-01\n[[rules]]\na = [1, 2.5]\n[mcp_servers.mine]\ncommand = "x"\n';
    const installed = file.install(text);
    expect(installed.startsWith(text)).toBe(true);
    expect(file.remove(installed)).toBe(text);
  });

  test('what was written behind our block, into our table, refuses', () => {
    const grown = `${file.install('a = 1\n')}startup_timeout_sec = 5\n`;
    expect(() => file.install(grown)).toThrow(/would change what the rest of the file says/);
  });
});

test('a file that was changed while somebody was asked is not overwritten', () => {
  const folder = tempFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const project = realpathSync(folder.path);
  writeFileSync(join(project, 'AGENTS.md'), '# Rules\n');
  const changes = planSetup(project, [{ client: codex, command }]);
  writeFileSync(join(project, 'AGENTS.md'), '# Other rules\n');
  expect(() => applySetup(project, changes)).toThrow(/AGENTS\.md: was changed meanwhile; nothing was written/);
  expect(readFileSync(join(project, 'AGENTS.md'), 'utf8')).toBe('# Other rules\n');
  expect(readJournal(project).files).toEqual({});
});

test('a note of a write that never happened is taken back without a trace', () => {
  const folder = tempFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const project = realpathSync(folder.path);
  writeFileSync(join(project, 'AGENTS.md'), '# Rules\n');
  applySetup(project, planSetup(project, [{ client: codex, command }]));
  writeFileSync(join(project, 'AGENTS.md'), '# Rules\n'); // as if the process had ended before this file
  applySetup(project, planSetup(project, [{ client: codex, command }]));
  const undo = planUndo(project, [codex], undefined);
  applyUndo(project, undo);
  expect(readFileSync(join(project, 'AGENTS.md'), 'utf8')).toBe('# Rules\n');
  expect(() => readJournal(join(project, 'AGENTS.md'))).not.toThrow(); // no folder, no journal
});

test('of a client that notes nothing we can read, trust is unknown', async () => {
  const question = { project: '/p', home: '/h', env: {}, clock: systemClock };
  expect(await clientTrust(gemini, question)).toEqual({ status: 'unknown', detail: gemini.trust });
});

describe('a unified diff', () => {
  test('shows what changed with its surroundings, in hunks', () => {
    const lines = Array.from({ length: 30 }, (_, n) => `line ${n + 1}`);
    const after = lines.with(1, 'second').toSpliced(25, 1);
    const text = (all: string[]) => `${all.join('\n')}\n`;
    const shown = unifiedDiff('f', text(lines), text(after)).split('\n');
    expect(shown.filter((line) => line.startsWith('@@'))).toEqual(['@@ -1,5 +1,5 @@', '@@ -23,7 +23,6 @@']);
    expect(shown.filter((line) => /^[-+][^-+]/.test(line))).toEqual(['-line 2', '+second', '-line 26']);
  });

  test('a missing line end, a missing file, no change', () => {
    expect(unifiedDiff('f', 'a', 'a\n')).toBe('--- a/f\n+++ b/f\n@@ -1,2 +1,1 @@\n a\n-\\ No newline at end of file');
    expect(unifiedDiff('f', undefined, 'a\n')).toBe('--- /dev/null\n+++ b/f\n@@ -0,0 +1,1 @@\n+a');
    expect(unifiedDiff('f', 'a\n', 'a\n')).toBe('');
  });

  test('a change too large to compare is shown whole', () => {
    const many = (word: string) => Array.from({ length: 2_500 }, (_, n) => `${word} ${n}\n`).join('');
    const shown = unifiedDiff('f', many('a'), many('b')).split('\n');
    expect(
      [shown.filter((line) => line.startsWith('-a')), shown.filter((line) => line.startsWith('+b'))].map(
        (l) => l.length,
      ),
    ).toEqual([2_500, 2_500]);
  });
});
