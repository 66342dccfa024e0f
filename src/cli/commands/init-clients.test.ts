import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { initProject } from '../../testing/init-project.ts';

test('sets up Copilot CLI in files of its own, and takes them back from edited ones', async () => {
  const at = initProject({ '.github/hooks/mine.json': '{"version":1,"hooks":{}}' });
  await at.init('--client', 'copilot');
  expect(JSON.parse(at.read('.github/mcp.json')).mcpServers.waggle).toMatchObject({
    type: 'local',
    command: process.execPath,
    args: expect.arrayContaining(['mcp', '--agent', 'copilot', '--client']),
    tools: ['*'],
  });
  const { version, hooks } = JSON.parse(at.read('.github/hooks/waggle.json'));
  expect([version, Object.keys(hooks)]).toEqual([
    1,
    ['sessionStart', 'userPromptSubmitted', 'postToolUse', 'sessionEnd'],
  ]);
  for (const [event, handlers] of Object.entries(hooks))
    expect(handlers).toEqual([
      { type: 'command', bash: expect.stringContaining(` hook copilot ${event} --agent copilot`), timeoutSec: 10 },
    ]);

  at.write('.github/hooks/waggle.json', at.read('.github/hooks/waggle.json').replace('"version": 1', '"version":  1'));
  await at.init('--undo');
  expect(at.tree().map(([name]) => name)).toEqual(['.github', '.github/hooks', '.github/hooks/mine.json']);
});

test('sets up Gemini CLI, Cursor and OpenCode in the form each wants', async () => {
  const at = initProject({
    '.gemini/settings.json': '{ "theme": "dark" } // mine\n',
    '.cursor/hooks.json': '{"version":1,"hooks":{"stop":[{"command":"echo me"}]}}',
  });
  await at.init('--client', 'gemini,cursor,opencode');
  const once = at.tree();
  const { changes } = await at.json('--client', 'gemini,cursor,opencode');
  expect(changes.every(({ action }: { action: string }) => action === 'none')).toBe(true);
  expect(at.tree()).toEqual(once);

  const gemini = at.read('.gemini/settings.json');
  expect(gemini).toContain('// mine');
  expect(JSON.parse(gemini.replace('// mine', ''))).toMatchObject({
    theme: 'dark',
    mcpServers: { waggle: { args: expect.arrayContaining(['mcp', '--agent', 'gemini']) } },
    hooks: { AfterAgent: [{ hooks: [{ type: 'command', timeout: 10_000 }] }] },
  });
  expect(JSON.parse(at.read('.cursor/hooks.json')).hooks.stop).toEqual([
    { command: 'echo me' },
    { command: expect.stringContaining('hook cursor stop --agent cursor'), loop_limit: 5 },
  ]);
  expect(JSON.parse(at.read('.cursor/mcp.json')).mcpServers.waggle.command).toBe(process.execPath);
  expect(JSON.parse(at.read('opencode.json')).mcp.waggle).toMatchObject({ type: 'local', enabled: true });

  at.write('.cursor/hooks.json', at.read('.cursor/hooks.json').replace('echo me', 'echo you'));
  at.write('.gemini/settings.json', gemini.replace('dark', 'light'));
  at.write('.opencode/plugins/waggle.js', `${at.read('.opencode/plugins/waggle.js')}// more\n`);
  await at.init('--undo');
  expect(JSON.parse(at.read('.cursor/hooks.json'))).toEqual({ version: 1, hooks: { stop: [{ command: 'echo you' }] } });
  expect(at.read('.gemini/settings.json').trim()).toMatch(/^\{ "theme": "light"\s*\} \/\/ mine$/);
  expect(existsSync(join(at.path, '.opencode'))).toBe(false);

  at.write('.opencode/plugins/waggle.js', '// theirs\n');
  expect((await at.fails('--client', 'opencode')).code).toBe('already_exists');
});

test('the OpenCode plugin tells the agent what the hook answers, and asks for a turn', async () => {
  const at = initProject();
  await at.init('--client', 'opencode');
  // The program it runs is replaced by one that answers; the event is its fourth word.
  const answers = `const [, event] = process.argv.slice(1); let text = ''; process.stdin.on('data', (c) => (text += c)).on('end', () => {
    const { session_id } = JSON.parse(text);
    if (session_id === 'mute') return;
    console.log(JSON.stringify(event === 'session.idle' ? { prompt: 'wake ' + session_id } : { context: 'news' }));
  });`;
  const source = at
    .read('.opencode/plugins/waggle.js')
    .replace(/const first = .*;/, `const first = ${JSON.stringify(['-e', answers, 'opencode'])};`);
  at.write('.opencode/plugins/waggle.mjs', source);
  const { Waggle } = await import(join(at.path, '.opencode/plugins/waggle.mjs'));
  const prompts: unknown[] = [];
  const plugin = await Waggle({ client: { session: { prompt: async (asked: unknown) => prompts.push(asked) } } });
  await plugin.event({ event: { type: 'session.idle', properties: { sessionID: 's1' } } });
  await plugin.event({ event: { type: 'session.idle', properties: { sessionID: 'mute' } } });
  await plugin.event({ event: { type: 'file.edited', properties: { sessionID: 's1' } } });
  expect(prompts).toEqual([{ path: { id: 's1' }, body: { parts: [{ type: 'text', text: 'wake s1' }] } }]);
  const output = { output: 'done' };
  await plugin['tool.execute.after']({ sessionID: 's1' }, output);
  expect(output.output).toBe('done\n\nnews');
});

test('finds the clients that left traces', async () => {
  const at = initProject({ '.codex/config.toml': '' });
  expect((await at.json('--dry-run')).clients).toMatchObject([{ client: 'codex' }]);
});
