import { chmodSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clientNames } from '../../clients/client.ts';
import { initProject } from '../../testing/init-project.ts';
import { startTempHub } from '../../testing/temp-hub.ts';

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
    const at = initProject(mine);
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
        args: [
          expect.stringMatching(/waggle\.js$/),
          'mcp',
          '--agent',
          'claude',
          '--client',
          'claude',
          '--dir',
          join(at.path, '.waggle'),
        ],
      },
    });
    expect(at.read('.codex/config.toml').startsWith(toml)).toBe(true);
    expect(at.read('.codex/config.toml')).toContain('[mcp_servers.waggle]');
    expect(at.read('AGENTS.md')).toMatch(/^# Rules\r\n\r\nBe kind\.\r\n\r\n<!-- waggle:begin -->\r\n/);
    expect(at.read('AGENTS.md')).not.toMatch(/[^\r]\n/);
  });

  test('a second time changes nothing and adds no step to undo', async () => {
    const at = initProject(mine);
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
    const at = initProject(files);
    const before = at.tree();
    await at.init('--client', clientNames.join(','));
    await at.init('--client', 'claude', '--agent', 'reviewer'); // a second step over the first
    const { changes } = await at.json('--undo');
    expect(changes).toHaveLength(12);
    expect(at.tree()).toEqual(before);
    expect((await at.init('--undo')).stdout).toBe('waggle init has written nothing here\n');
  });

  test('--undo of one client leaves the others, and AGENTS.md while there is one', async () => {
    const at = initProject();
    await at.init('--client', 'claude,codex');
    await at.init('--undo', '--client', 'claude');
    expect([existsSync(join(at.path, '.mcp.json')), existsSync(join(at.path, 'AGENTS.md'))]).toEqual([false, true]);
    await at.init('--undo', '--client', 'codex');
    expect(at.tree()).toEqual([]);
  });

  test('--undo keeps what somebody wrote since and takes only its own entries', async () => {
    const at = initProject({ '.claude/settings.json': settings });
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
    const at = initProject({ '.mcp.json': '{"mcpServers":{}}' });
    await at.init('--client', 'claude');
    at.write('.mcp.json', at.read('.mcp.json').replace('{"mcpServers":{', '{"mcpServers":{"mine":{"command":"y"},'));
    await at.init('--client', 'claude', '--agent', 'reviewer');
    await at.init('--undo');
    expect(JSON.parse(at.read('.mcp.json'))).toEqual({ mcpServers: { mine: { command: 'y' } } });
  });

  test('another agent replaces the entries of the one before, also where they were moved by hand', async () => {
    const at = initProject();
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
    const at = initProject(mine);
    const before = at.tree();
    const { stdout } = await at.init('--client', 'claude', '--dry-run');
    expect(stdout).toContain('--- a/.claude/settings.json\n+++ b/.claude/settings.json\n@@ -2,6 +2,72 @@\n');
    expect(stdout).toContain('nothing was written');
    expect(stdout).toContain('waggle agent add claude --client claude');
    expect(at.tree()).toEqual(before);
  });

  test('registers the agents where a hub runs, as agents of their clients, and leaves those that are', async () => {
    await using hub = await startTempHub();
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'codex', role: 'captain' });
    const at = initProject({}, { swarm });
    const { stdout } = await at.init('--client', 'claude,codex');
    expect(stdout.match(/registered: it has an inbox now/g)).toHaveLength(1);
    expect(stdout).not.toContain('waggle agent add');
    expect(await swarm.agents.list()).toMatchObject([
      { id: 'claude', client: 'claude' },
      { id: 'codex', role: 'captain' },
    ]);
    expect((await at.json('--client', 'claude,codex')).registered).toEqual([]);
    await at.init('--undo');
    expect(at.tree()).toEqual([]);
    expect(await swarm.agents.list()).toHaveLength(2); // an inbox may hold mail: it is no setting
  });

  test('registers nobody while it writes nothing', async () => {
    await using hub = await startTempHub();
    await using swarm = await hub.connect();
    const at = initProject({}, { swarm, ask: async () => false });
    await at.init('--client', 'claude', '--dry-run');
    await at.init('--client', 'claude');
    expect(await swarm.agents.list()).toEqual([]);
  });

  test('where a person can be asked, a no writes nothing', async () => {
    const asked: string[] = [];
    const at = initProject(
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
    const at = initProject({ 'CLAUDE.md': '# Rules\n' });
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
    const at = initProject(files);
    const before = at.tree();
    const error = await at.fails('--client', 'claude,codex');
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
    expect(at.tree()).toEqual(before);
  });

  test('a link that leaves the project', async () => {
    const at = initProject();
    symlinkSync('/etc/hostname', join(at.path, 'AGENTS.md'));
    expect((await at.fails('--client', 'codex')).message).toMatch(/AGENTS\.md: is a link that leaves the project/);
    rmSync(join(at.path, 'AGENTS.md'));
    symlinkSync('nowhere/else', join(at.path, '.codex'));
    expect((await at.fails('--client', 'codex')).message).toMatch(
      /\.codex\/config\.toml: is a link that leads nowhere/,
    );
  });

  test('a client, an agent and a place that cannot be', async () => {
    const at = initProject();
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
    const at = initProject();
    await at.init('--client', 'claude');
    at.write('.waggle/init.json', '{"version":1,"files":');
    expect((await at.fails('--undo')).message).toMatch(/the record of what waggle init wrote is damaged/);
    expect(existsSync(join(at.path, '.mcp.json'))).toBe(true);
  });

  test('a file that cannot be written takes the others back', async () => {
    const at = initProject({ '.codex/config.toml': 'model = "x"\n' });
    mkdirSync(join(at.path, `.codex/hooks.json.${process.pid}.draft`)); // the draft of the third file has no place
    const before = at.tree();
    await expect(at.init('--client', 'claude,codex')).rejects.toThrow(/EEXIST|EISDIR/);
    expect(at.tree()).toEqual(before);
  });
});
