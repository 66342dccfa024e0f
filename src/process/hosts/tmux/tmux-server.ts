import { execFile } from 'node:child_process';

export interface TmuxAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs tmux commands, one after another in one call; another one in tests. */
export type RunTmux = (commands: readonly (readonly string[])[]) => Promise<TmuxAnswer>;

/**
 * The tmux server of this swarm alone: a socket of its own, no configuration of the user's, and nothing of the hub's
 * environment but what finding programs and showing text takes.
 */
export function tmuxAt(socket: string): RunTmux {
  const env = Object.fromEntries(
    ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TERM', 'USER', 'NODE_V8_COVERAGE'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return (commands) =>
    new Promise((resolve) => {
      const words = commands.flatMap((command, index) => [...(index === 0 ? [] : [';']), ...command.map(literal)]);
      execFile(
        'tmux',
        ['-u', '-f', '/dev/null', '-S', socket, ...words],
        { env: { ...env, SHELL: '/bin/sh' }, cwd: '/', timeout: 10_000, maxBuffer: 8 * 1024 * 1024 },
        (error, stdout, stderr) => {
          // A server that could not be started is exit 0 with a word on stderr (3.3a).
          const ok = error === null && stderr === '';
          resolve({ ok, stdout, stderr: stderr || (error?.message ?? '') });
        },
      );
    });
}

/** A word that ends in `;` would end the command and begin the next with what follows it (measured on 3.3a). */
export function literal(word: string): string {
  return word.endsWith(';') ? `${word.slice(0, -1)}\\;` : word;
}

/**
 * A command line for `pipe-pane`, which expands time and formats in it before a shell reads it: `#(…)` in a folder's name
 * would run.
 */
export function pipeCommand(words: readonly string[]): string {
  const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return `exec ${line}`.replaceAll('%', '%%').replaceAll('#', '##');
}

/** Where the version of tmux is not told or too old, why it cannot be used; undefined where it can. */
export function versionObstacle(answer: string | undefined): string | undefined {
  if (answer === undefined) return 'tmux is not installed; install it, or use --host child';
  const [, major = '0', minor = '0'] = /tmux (?:next-)?(\d+)\.(\d+)/.exec(answer) ?? [];
  // pane_dead_signal and -e of new-session came with 3.3 and 3.2.
  const isEnough = Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 3);
  return isEnough ? undefined : `it needs tmux 3.3 or newer, this is ${answer.trim()}`;
}
