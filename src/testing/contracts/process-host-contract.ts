import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { identityOf, type ProcessTable, processesWithNonce, systemProcesses } from '../../process/identity.ts';
import type { AgentProcess } from '../../process/process.ts';
import type { Launch, ProcessHost, Sighting } from '../../process/process-host.ts';
import { stopProcess } from '../../process/stop-process.ts';
import { tempFolder } from '../temp-hub.ts';

/** Opens the host over a folder of agents; again over the same folder is what a restarted hub does. */
export type OpenHost = (options: { agents: string; table?: ProcessTable }) => ProcessHost;

let lives = 0;

/** What every host of agents' programs promises, with real processes. `skip` where this machine cannot run it. */
export function processHostContract(name: string, open: OpenHost, skip = false): void {
  describe.skipIf(skip)(`${name} keeps the host contract`, () => {
    test('runs the program in the folder and environment it was given, and nothing else of ours', async () => {
      const { launch, host, folder } = begin();
      const script = 'pwd > out; printf "%s\\n" "$GREETING" "$WAGGLE_SHIM" >> out; mv out done; sleep 60';
      const life = launch({ command: ['sh', '-c', script], environment: { GREETING: 'hi there' } });
      const identity = await host.launch(life);
      expect(await host.look({ ...life, identity })).toEqual({ state: 'running', identity });
      await expect.poll(() => existsSync(join(folder, 'done'))).toBe(true);
      expect(readFileSync(join(folder, 'done'), 'utf8')).toBe(`${folder}\nhi there\n\n`);
      expect(identityOf(identity.pid)).toEqual(identity);
    });

    test('words arrive byte for byte: no shell, no format and no separator is read in them', async () => {
      const { launch, host, folder } = begin();
      const words = ['do it;', ';', '-R', '#(touch pwned)', '$(touch pwned)', '%H #{pid}', `'"\\`, 'a\nb', '', 'x\\;'];
      const script = 'const fs = require("fs"); fs.writeFileSync("words", JSON.stringify(process.argv.slice(1)))';
      await ended(host, await run(host, launch({ command: [process.execPath, '-e', script, '--', ...words] })));
      expect(JSON.parse(readFileSync(join(folder, 'words'), 'utf8'))).toEqual(words);
      expect(existsSync(join(folder, 'pwned'))).toBe(false);
    });

    test('a folder named like a command runs nothing', async () => {
      const hostile = `#(touch pwned) $(touch pwned) %H 'x`;
      const { launch, host, folder } = begin(hostile);
      await ended(host, await run(host, launch({ command: ['sh', '-c', 'pwd > here'], cwd: folder })));
      expect(readFileSync(join(folder, 'here'), 'utf8')).toBe(`${folder}\n`);
      expect([folder, join(folder, '..')].filter((at) => existsSync(join(at, 'pwned')))).toEqual([]);
    });

    test.each([
      ['exit 0', { code: 0 }],
      ['exit 3', { code: 3 }],
      ['kill -SEGV $$', { signal: 'SIGSEGV' }],
    ])('tells how `%s` ended, as often as it is asked', async (script, exit) => {
      const { launch, host } = begin();
      const life = await run(host, launch({ command: ['sh', '-c', script] }));
      expect(await ended(host, life)).toEqual({ state: 'ended', exit });
      expect(await host.look(life)).toEqual({ state: 'ended', exit });
    });

    test('an end that nobody looked at is known to the host that comes after', async () => {
      const { launch, host, reopen, folder } = begin();
      const life = await run(host, launch({ command: ['sh', '-c', 'until [ -e go ]; do sleep 0.02; done; exit 7'] }));
      writeFileSync(join(folder, 'go'), '');
      expect(await ended(reopen(), life)).toEqual({ state: 'ended', exit: { code: 7 } });
    });

    test('what lives is found again by the host that comes after, and can be ended by it', async () => {
      const { launch, host, reopen } = begin();
      const life = await run(host, launch({ command: ['sleep', '60'] }));
      const next = reopen();
      expect(await next.look(life)).toEqual({ state: 'running', identity: life.identity });
      expect(await next.signal(life, 'terminate')).toBe('sent');
      expect(await ended(next, life)).toEqual({ state: 'ended', exit: { signal: 'SIGTERM' } });
    });

    test('its last words are in the log when its end is told', async () => {
      const { launch, host, log } = begin();
      const script = 'echo "to stderr" >&2; echo first; printf "no newline"';
      await ended(host, await run(host, launch({ command: ['sh', '-c', script] })));
      // Two pipes have no order between them.
      for (const words of [/to stderr\r?\n/, /first\r?\nno newline/]) await expect.poll(log).toMatch(words);
    });

    test('a file that is no program for this machine is refused with its name', async () => {
      const { launch, host, folder } = begin();
      writeFileSync(join(folder, 'broken'), '#!/no/such/interpreter\n', { mode: 0o755 });
      await expect(host.launch(launch({ command: [join(folder, 'broken')] }))).rejects.toMatchObject({
        code: 'start_failed',
        message: expect.stringContaining('broken') as string,
      });
    });

    test('what was never started is told so, and cannot start any more', async () => {
      const { launch, host } = begin();
      const { identity: _none, ...life } = launch({ command: ['true'] });
      expect((await host.look(life)).state).toBe('failed');
      expect(await host.signal(life, 'terminate')).not.toBe('sent');
    });

    test('a signal reaches the children of the program too', async () => {
      const { launch, host, folder } = begin();
      const script = 'sh -c "echo \\$\\$ > child; sleep 60; true" & wait';
      const life = await run(host, launch({ command: ['sh', '-c', script] }));
      await expect.poll(() => pidIn(folder, 'child')).toBeGreaterThan(0);
      const outcome = await stop(host, life, { first: 'terminate', graceMs: 5_000 });
      expect(outcome).toEqual({ state: 'ended' });
      expect(left(life)).toEqual([]);
    });

    test('what ignores every request is ended after its grace, its children with it', async () => {
      const { launch, host, folder } = begin();
      const deaf = `trap '' TERM INT HUP; (echo $$ > child; while :; do sleep 0.05; done) & while :; do sleep 0.05; done`;
      const life = await run(host, launch({ command: ['sh', '-c', deaf] }));
      await expect.poll(() => pidIn(folder, 'child')).toBeGreaterThan(0);
      expect(await stop(host, life, { first: 'interrupt', graceMs: 200 })).toEqual({ state: 'ended' });
      expect(await host.look(life)).toEqual({ state: 'ended', exit: { signal: 'SIGKILL' } });
      expect(left(life)).toEqual([]);
    });

    test('children that outlive the program are counted, and ended when it is stopped', async () => {
      const { launch, host } = begin();
      const life = await run(
        host,
        launch({ command: ['sh', '-c', 'trap "" HUP; sleep 60 > /dev/null 2>&1 & exit 0'] }),
      );
      expect(await ended(host, life)).toEqual({ state: 'ended', exit: { code: 0 } });
      expect(await host.leftovers(life)).toBe(1);
      expect(await stop(host, life, { first: 'terminate', graceMs: 5_000 })).toEqual({ state: 'ended' });
      expect(await host.signal(life, 'kill')).toBe('gone');
    });

    test('a number that was given to somebody else since is never signalled', async () => {
      const { launch, host, reopen } = begin();
      const life = await run(host, launch({ command: ['sleep', '60'] }));
      // What this host sees under the number is a stranger that began later: the machine has used it again.
      const younger: ProcessTable = {
        ...systemProcesses,
        read: (pid, file) => {
          if (file === 'environ') return 'HOME=/home/stranger\0';
          const { startTime } = identityOf(pid);
          return systemProcesses.read(pid, file).replace(` ${startTime} `, ` ${Number(startTime) + 1} `);
        },
      };
      expect(await reopen(younger).signal(life, 'kill')).toBe('gone');
      expect(await host.look(life)).toMatchObject({ state: 'running' });
    });

    test('who it is cannot be told: nothing is signalled and nothing concluded', async () => {
      const { launch, host, reopen } = begin();
      const life = await run(host, launch({ command: ['sleep', '60'] }));
      const hidden: ProcessTable = {
        ...systemProcesses,
        read: (pid, file) => {
          if (file === 'environ') throw Object.assign(new Error('hidden'), { code: 'EACCES' });
          return systemProcesses.read(pid, file);
        },
      };
      const blind = reopen(hidden);
      expect(await blind.signal(life, 'kill')).toBe('unknown');
      expect((await blind.look(life)).state).toBe('unknown');
      expect(await stop(blind, life, { first: 'terminate', graceMs: 50 })).toMatchObject({ state: 'unknown' });
      expect(await host.look(life)).toMatchObject({ state: 'running' });
    });

    test('a bystander is not touched by what happens to an agent', async () => {
      const { launch, host } = begin();
      const bystander = await sleeping();
      const life = await run(host, launch({ command: ['sleep', '60'] }));
      await stop(host, life, { first: 'kill', graceMs: 0 });
      await host.release(life);
      await host.release(life);
      expect(bystander.exitCode).toBe(null);
      expect(bystander.signalCode).toBe(null);
    });

    /** A folder, a host over it, and launches of lives that are all ended with the test. */
    function begin(name = 'work') {
      const temp = tempFolder();
      const folder = join(temp.path, name);
      const agents = join(folder, '.waggle', 'agents');
      mkdirSync(agents, { recursive: true });
      const host = open({ agents });
      const made: Launch[] = [];
      onTestFinished(async () => {
        for (const life of made) {
          for (const { pid } of processesWithNonce(life.nonce)) process.kill(pid, 'SIGKILL');
          await host.release(life);
        }
        temp[Symbol.dispose]();
      });
      return {
        folder,
        host,
        reopen: (table?: ProcessTable) => open(table === undefined ? { agents } : { agents, table }),
        log: () => readFileSync(join(agents, 'ada', 'output.log'), 'utf8'),
        launch: (more: Partial<Launch> & Pick<Launch, 'command'>): Launch => {
          lives += 1;
          const nonce = `${lives}-${process.pid}-${performance.now().toString(36)}`;
          const environment = { PATH: process.env['PATH'] ?? '', WAGGLE_NONCE: nonce, ...more.environment };
          const life = { agent: 'ada', incarnation: lives, nonce, cwd: folder, ...more, environment };
          made.push(life);
          return life;
        },
      };
    }
  });
}

type Running = Launch & Required<Pick<AgentProcess, 'identity'>>;

async function run(host: ProcessHost, launch: Launch): Promise<Running> {
  return { ...launch, identity: await host.launch(launch) };
}

async function ended(host: ProcessHost, life: Running): Promise<Sighting> {
  let sighting: Sighting = { state: 'starting' };
  await expect
    .poll(async () => {
      sighting = await host.look(life);
      return sighting.state;
    })
    .toBe('ended');
  return sighting;
}

function stop(host: ProcessHost, life: Running, order: Parameters<typeof stopProcess>[2]) {
  return stopProcess(host, life, order, systemClock, new AbortController().signal);
}

function pidIn(folder: string, file: string): number {
  const path = join(folder, file);
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
}

function left(life: Running): number[] {
  return processesWithNonce(life.nonce).flatMap(({ pid, isShim }) => (isShim ? [] : [pid]));
}

async function sleeping(): Promise<ChildProcess> {
  const child = spawn('sleep', ['60'], { detached: true });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  return child;
}
