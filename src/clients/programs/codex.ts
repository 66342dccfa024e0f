import { type Client, hookCommand, mcpWords } from '../client.ts';
import { hookEntries } from '../hook-entries.ts';
import { tomlServer } from '../toml-block.ts';

/** Seconds; see the same in claude.ts. */
const hookTimeout = 10;

export const codex: Client = {
  name: 'codex',
  title: 'Codex',
  programs: ['codex'],
  traces: ['.codex'],
  trust:
    'start codex here once: it asks whether you trust the folder (project settings load only then) and to review the new hooks',
  files(command) {
    const [program, ...args] = mcpWords('codex', command);
    const run = (event: string) => [
      { type: 'command', command: hookCommand('codex', event, command), timeout: hookTimeout },
    ];
    return [
      // Codex starts servers with a bare environment: what `waggle agent start` sets must be named. Its own limit of 10 s
      // for a start is short on a machine that starts a dozen agents at once.
      tomlServer('.codex/config.toml', {
        command: program,
        args,
        env_vars: ['WAGGLE_AGENT', 'WAGGLE_TOKEN_FILE'],
        startup_timeout_sec: 30,
      }),
      hookEntries({
        path: '.codex/hooks.json',
        shape: 'grouped',
        events: {
          SessionStart: run('SessionStart'),
          UserPromptSubmit: run('UserPromptSubmit'),
          PostToolUse: run('PostToolUse'),
          Stop: run('Stop'),
        },
      }),
    ];
  },
};
