import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { runWaggle, temporaryFolder, waggleBin } from '../support/run-waggle.ts';

type Shell = 'bash' | 'zsh';

/** How each shell asks its completion function: bash through variables, zsh through `_describe`. */
const asking: Record<Shell, { flags: string[]; before: string; ask: string }> = {
  bash: {
    flags: ['--norc', '--noprofile'],
    before: '',
    ask: `COMP_LINE=$1; COMP_POINT=\${#1}; __waggle_complete; printf '%s\\n' "\${COMPREPLY[@]}"`,
  },
  zsh: {
    flags: ['-f'],
    before: 'compdef() { }; _files() { }; _describe() { print -rl -- "${(@P)2}" }\n',
    ask: `words=("\${(@z)1}"); [[ $1 == *' ' ]] && words+=(''); CURRENT=$#words; _waggle`,
  },
};

/** What the shell finds for a line, with `waggle` on its path and the script loaded twice, as a second login does. */
async function completions(shell: Shell, cwd: string, line: string): Promise<string[]> {
  const { stdout: script } = await runWaggle(['completion', shell], { cwd });
  const folder = join(cwd, 'bin');
  await mkdir(folder, { recursive: true });
  const shim = `#!/bin/sh\nexec '${process.execPath}' '${waggleBin}' "$@"\n`;
  await writeFile(join(folder, 'waggle'), shim, { mode: 0o755 });
  const { flags, before, ask } = asking[shell];
  const { stdout, stderr } = await promisify(execFile)(
    shell,
    [...flags, '-c', `${before}${script}\n${script}\n${ask}`, shell, line],
    { cwd, env: { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` } },
  );
  expect(stderr).toBe('');
  return stdout.split('\n').filter((found) => found !== '');
}

const hasShell = (shell: Shell) => spawnSync(shell, ['--version']).status === 0;

describe.each(['bash', 'zsh'] as const)('completion in a %s without any package', { timeout: 120_000 }, (shell) => {
  test.skipIf(!hasShell(shell))('offers commands, flags, choices and agents', async () => {
    const cwd = await temporaryFolder();
    await runWaggle(['agent', 'add', 'bob'], { cwd });
    // zsh shows the description after a colon.
    const found = async (line: string) => (await completions(shell, cwd, line)).map((one) => one.replace(/:.*/, ''));
    expect(await found('waggle quarantine ')).toEqual(['list', 'release', 'purge']);
    expect(await found('waggle inbox b')).toEqual(['bob']);
    expect(await found('waggle send bob hi --priority u')).toEqual(['urgent']);
  });

  test.skipIf(!hasShell(shell))('runs nothing of an unfinished line', async () => {
    const cwd = await temporaryFolder();
    await completions(shell, cwd, 'waggle send $(touch pwned) `touch pwned` "$(touch pwned)" ');
    expect(existsSync(join(cwd, 'pwned'))).toBe(false);
  });
});

test('bash puts in only what follows the last colon, as it expects', async () => {
  const cwd = await temporaryFolder();
  const { stdout: script } = await runWaggle(['completion', 'bash'], { cwd });
  const fake = `waggle() { printf 'role:tester\\nrole:captain\\n:4\\n'; }`;
  const ask = `COMP_LINE='waggle send role:t'; COMP_POINT=18; __waggle_complete; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', `${script}\n${fake}\n${ask}`]);
  expect(stdout).toBe('tester\n');
});
