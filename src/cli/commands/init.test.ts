import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clientNames } from '../../clients/client.ts';
import { WaggleError } from '../../errors.ts';
import type { Swarm } from '../../sdk/swarm.ts';
import { commandRunner } from '../../testing/cli-context.ts';
import { tempFolder } from '../../testing/temp-hub.ts';

/** A project with settings of somebody's own, and `waggle init` in it. */
function project(
  files: Record<string, string | Buffer> = {},
  options: { ask?: (question: string) => Promise<boolean> } = {},
) {
  const folder = tempFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const path = realpathSync(folder.path);
  const write = (name: string, content: string | Buffer) => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  const run = commandRunner({} as Swarm, { cwd: path, ...options }); // init speaks to no hub
  return {
    path,
    write,
    read: (name: string) => readFileSync(join(path, name), 'utf8'),
    /** Every file with its bytes and its mode. */
    tree: () =>
      readdirSync(path, { recursive: true, encoding: 'utf8' })
        .sort()
        .map((name) => {
          const stats = statSync(join(path, name));
          return [name, stats.mode, stats.isFile() ? readFileSync(join(path, name), 'base64') : null];
        }),
    init: (...args: string[]) => run('init', ...args),
    json: async (...args: string[]) => JSON.parse((await run('init', '--json', ...args)).stdout),
    fails: async (...args: string[]) => {
      const error = await run('init', ...args).then(
        () => expect.unreachable('init accepted it'),
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(WaggleError);
      return error as WaggleError; // checked in the line before
    },
  };
}

const settings = `{
    // mine, with a trailing comma
    "permissions": { "allow": ["Bash(ls)"], },
    "hooks": {
        "Stop": [ { "hooks": [ { "type": "command", "command": "echo me" } ] } ], // keep
    },
}
`;
const toml = `# my model
model = "o4" # fast

[mcp_servers.mine]   # keep
command = "x"
`;
const mine = {
  '.claude/settings.json': settings,
  '.codex/config.toml': toml,
  '.mcp.json': '{"mcpServers":{"mine":{"command":"x"}}}',
  'AGENTS.md': '# Rules\r\n\r\nBe kind.\r\n',
};

describe('waggle init', () => {
  test('adds its entries and keeps comments, order and foreign ones', async () => {
    const at = project(mine);
    const { clients, changes, written } = await at.json('--client', 'claude,codex');
    expect(written).toBe(true);
    expect(clients).toMatchObject([
      { client: 'claude', agent: 'claude', trust: expect.stringContaining('trust the folder') },
      { client: 'codex', agent: 'codex', trust: expect.stringContaining('review the new hooks') },
    ]);
    expect(changes.map(({ path, action }: { path: string; action: string }) => [path, action])).toEqual([
      ['.mcp.json', 'change'],
      ['.claude/settings.json', 'change'],
      ['.codex/config.toml', 'change'],
      ['.codex/hooks.json', 'create'],
      ['AGENTS.md', 'change'],
    ]);
    const claude = at.read('.claude/settings.json');
    for (const kept of [
      '// mine, with a trailing comma',
      '"allow": ["Bash(ls)"], }',
      '"command": "echo me"',
      '// keep',
    ])
      expect(claude).toContain(kept);
    expect(claude).toMatch(
      /exec \S+ \S+\/bin\/waggle\.js hook claude UserPromptSubmit --agent claude --dir \S+\/\.waggle/,
    );
    expect(claude.match(/"asyncRewake": true/g)).toHaveLength(2);
    expect(JSON.parse(at.read('.mcp.json')).mcpServers).toMatchObject({
      mine: { command: 'x' },
      waggle: {
        command: process.execPath,
        args: [expect.stringMatching(/waggle\.js$/), 'mcp', '--agent', 'claude', '--dir', join(at.path, '.waggle')],
      },
    });
    expect(at.read('.codex/config.toml').startsWith(toml)).toBe(true);
    expect(at.read('.codex/config.toml')).toContain('[mcp_servers.waggle]');
    expect(at.read('AGENTS.md')).toMatch(/^# Rules\r\n\r\nBe kind\.\r\n\r\n<!-- waggle:begin -->\r\n/);
    expect(at.read('AGENTS.md')).not.toMatch(/[^\r]\n/);
  });

  test('a second time changes nothing and adds no step to undo', async () => {
    const at = project(mine);
    await at.init('--client', 'claude,codex');
    const once = at.tree();
    const { changes } = await at.json('--client', 'claude,codex');
    expect(
      changes.every(({ action, diff }: { action: string; diff: string }) => action === 'none' && diff === ''),
    ).toBe(true);
    expect(at.tree()).toEqual(once);
  });

  test.each([
    ['an empty project', {}],
    ['a project with settings', mine],
    ['empty settings', { '.mcp.json': '', '.claude/settings.json': '{}', 'AGENTS.md': '\n' }],
  ])('--undo gives %s back byte for byte and removes what was made', async (_, files) => {
    const at = project(files);
    const before = at.tree();
    await at.init('--client', clientNames.join(','));
    await at.init('--client', 'claude', '--agent', 'reviewer'); // a second step over the first
    const { changes } = await at.json('--undo');
    expect(changes).toHaveLength(10);
    expect(at.tree()).toEqual(before);
    expect((await at.init('--undo')).stdout).toBe('waggle init has written nothing here\n');
  });

  test('--undo of one client leaves the others, and AGENTS.md while there is one', async () => {
    const at = project();
    await at.init('--client', 'claude,codex');
    await at.init('--undo', '--client', 'claude');
    expect([existsSync(join(at.path, '.mcp.json')), existsSync(join(at.path, 'AGENTS.md'))]).toEqual([false, true]);
    await at.init('--undo', '--client', 'codex');
    expect(at.tree()).toEqual([]);
  });

  test('--undo keeps what somebody wrote since and takes only its own entries', async () => {
    const at = project({ '.claude/settings.json': settings });
    await at.init('--client', 'claude,codex');
    at.write('.claude/settings.json', at.read('.claude/settings.json').replace('Bash(ls)', 'Bash(pwd)'));
    at.write('.codex/config.toml', `model = "o5"\n${at.read('.codex/config.toml')}`);
    at.write('AGENTS.md', `${at.read('AGENTS.md')}\nBe brief.\n`);
    rmSync(join(at.path, '.mcp.json'));
    await at.init('--undo');
    expect(at.read('.claude/settings.json')).toBe(
      settings.replace('Bash(ls)', 'Bash(pwd)').replace('} ], // keep', '}\n        ], // keep'),
    );
    expect(at.read('.codex/config.toml')).toBe('model = "o5"\n');
    expect(at.read('AGENTS.md').trim()).toBe('Be brief.');
    expect(existsSync(join(at.path, '.mcp.json'))).toBe(false);
  });

  test('--undo after a change between two steps leaves the change and nothing of ours', async () => {
    const at = project({ '.mcp.json': '{"mcpServers":{}}' });
    await at.init('--client', 'claude');
    at.write('.mcp.json', at.read('.mcp.json').replace('{"mcpServers":{', '{"mcpServers":{"mine":{"command":"y"},'));
    await at.init('--client', 'claude', '--agent', 'reviewer');
    await at.init('--undo');
    expect(JSON.parse(at.read('.mcp.json'))).toEqual({ mcpServers: { mine: { command: 'y' } } });
  });

  test('another agent replaces the entries of the one before, also where they were moved by hand', async () => {
    const at = project();
    await at.init('--client', 'claude');
    const moved = JSON.parse(at.read('.claude/settings.json'));
    moved.hooks.Stop[0].hooks.push({ type: 'command', command: 'echo me' });
    moved.hooks.PreCompact = [
      { matcher: '*', hooks: [{ type: 'command', command: 'waggle hook claude PreCompact --agent old' }] },
    ];
    at.write('.claude/settings.json', JSON.stringify(moved));
    await at.init('--client', 'claude', '--agent', 'reviewer');
    const { hooks } = JSON.parse(at.read('.claude/settings.json'));
    expect(hooks.Stop).toEqual([
      { hooks: [{ type: 'command', command: 'echo me' }] },
      {
        hooks: [
          expect.objectContaining({ command: expect.stringContaining('Stop --agent reviewer') }),
          expect.anything(),
        ],
      },
    ]);
    expect(JSON.stringify(hooks)).not.toContain('--agent old');
    expect(JSON.stringify(hooks)).not.toContain('--agent claude');
  });

  test('--dry-run shows the diff and writes nothing', async () => {
    const at = project(mine);
    const before = at.tree();
    const { stdout } = await at.init('--client', 'claude', '--dry-run');
    expect(stdout).toContain('--- a/.claude/settings.json\n+++ b/.claude/settings.json\n@@ -2,6 +2,72 @@\n');
    expect(stdout).toContain('nothing was written');
    expect(stdout).toContain('waggle agent add claude --client claude');
    expect(at.tree()).toEqual(before);
  });

  test('where a person can be asked, a no writes nothing', async () => {
    const asked: string[] = [];
    const at = project(
      {},
      {
        ask: async (question) => {
          asked.push(question);
          return asked.length > 1;
        },
      },
    );
    expect((await at.init('--client', 'claude')).stdout).toMatch(/\+\+\+ b\/\.mcp\.json[\s\S]*nothing was written/);
    expect(at.tree()).toEqual([]);
    await at.init('--client', 'claude');
    expect(existsSync(join(at.path, '.mcp.json'))).toBe(true);
    expect(asked).toEqual(['write these 3 files?', 'write these 3 files?']);
  });

  test('a file that was linked inside the project is written through the link, its mode kept', async () => {
    const at = project({ 'CLAUDE.md': '# Rules\n' });
    symlinkSync('CLAUDE.md', join(at.path, 'AGENTS.md'));
    chmodSync(join(at.path, 'CLAUDE.md'), 0o640);
    await at.init('--client', 'codex');
    expect(at.read('CLAUDE.md')).toContain('waggle:begin');
    expect(statSync(join(at.path, 'CLAUDE.md')).mode & 0o777).toBe(0o640);
    await at.init('--undo');
    expect(at.read('CLAUDE.md')).toBe('# Rules\n');
  });
});

describe('waggle init refuses, and nothing is written', () => {
  test.each<[string, Record<string, string | Buffer>, string, RegExp]>([
    [
      'JSON that does not parse',
      { '.claude/settings.json': '{"hooks": ' },
      'unreadable_file',
      /\.claude\/settings\.json: is not JSON/,
    ],
    [
      'TOML that does not parse',
      { '.codex/config.toml': 'model = \n' },
      'unreadable_file',
      /config\.toml: is not TOML .* line 1/,
    ],
    [
      'hooks of another shape',
      { '.codex/hooks.json': '{"hooks":{"Stop":{}}}' },
      'unreadable_file',
      /hooks\.Stop must be an array/,
    ],
    [
      'bytes that are not text',
      { 'AGENTS.md': Buffer.from([0x23, 0xff]) },
      'unreadable_file',
      /AGENTS\.md: is not UTF-8/,
    ],
    ['a folder where a file should be', { '.mcp.json/x': '' }, 'unreadable_file', /\.mcp\.json: is not a file/],
    ['half a block of ours', { 'AGENTS.md': '<!-- waggle:begin -->\n' }, 'unreadable_file', /1 begin, 0 end/],
    [
      "somebody's server of our name",
      { '.mcp.json': '{"mcpServers":{"waggle":{"command":"dance"}}}' },
      'already_exists',
      /mcpServers\.waggle/,
    ],
    [
      "somebody's table of our name",
      { '.codex/config.toml': '[mcp_servers.waggle]\ncommand = "x"\n' },
      'already_exists',
      /mcp_servers\.waggle/,
    ],
    [
      'a table that cannot be added to',
      { '.codex/config.toml': 'mcp_servers = { a = { command = "x" } }\n' },
      'unreadable_file',
      /config\.toml/,
    ],
  ])('%s', async (_, files, code, message) => {
    const at = project(files);
    const before = at.tree();
    const error = await at.fails('--client', 'claude,codex');
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    expect(at.tree()).toEqual(before);
  });

  test('a link that leaves the project', async () => {
    const at = project();
    symlinkSync('/etc/hostname', join(at.path, 'AGENTS.md'));
    expect((await at.fails('--client', 'codex')).message).toMatch(/AGENTS\.md: is a link that leaves the project/);
    rmSync(join(at.path, 'AGENTS.md'));
    symlinkSync('nowhere/else', join(at.path, '.codex'));
    expect((await at.fails('--client', 'codex')).message).toMatch(
      /\.codex\/config\.toml: is a link that leads nowhere/,
    );
  });

  test('a client, an agent and a place that cannot be', async () => {
    const at = project();
    expect((await at.fails('--client', 'claude,emacs')).message).toMatch(
      /--client: must be of claude, codex.*got "emacs"/,
    );
    expect((await at.fails('--client', 'claude', '--agent', 'No Good')).message).toMatch(
      /--agent: must be an agent id/,
    );
    expect((await at.fails('--client', 'claude,codex', '--agent', 'one')).message).toMatch(/name one --client/);
    expect((await at.fails('--client', 'claude', '--project', join(at.path, 'gone'))).message).toMatch(
      /--project: does not exist/,
    );
    expect((await at.fails('--client', 'claude', '--project', homedir())).message).toMatch(/is your home folder/);
    expect((await at.fails()).code).toBe('not_found'); // nothing is installed on an empty PATH
    expect(at.tree()).toEqual([]);
  });

  test('a damaged record of what was there', async () => {
    const at = project();
    await at.init('--client', 'claude');
    at.write('.waggle/init.json', '{"version":1,"files":');
    expect((await at.fails('--undo')).message).toMatch(/the record of what waggle init wrote is damaged/);
    expect(existsSync(join(at.path, '.mcp.json'))).toBe(true);
  });

  test('a file that cannot be written takes the others back', async () => {
    const at = project({ '.codex/config.toml': 'model = "x"\n' });
    mkdirSync(join(at.path, `.codex/hooks.json.${process.pid}.draft`)); // the draft of the third file has no place
    const before = at.tree();
    await expect(at.init('--client', 'claude,codex')).rejects.toThrow(/EEXIST|EISDIR/);
    expect(at.tree()).toEqual(before);
  });
});

test('sets up Gemini CLI, Cursor and OpenCode in the form each wants', async () => {
  const at = project({
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
  const at = project();
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
  const at = project({ '.codex/config.toml': '' });
  expect((await at.json('--dry-run')).clients).toMatchObject([{ client: 'codex' }]);
});
