import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { Condition } from '../../agent/policy.ts';
import { invalidInput } from '../../errors.ts';
import { isLogCursor } from '../../process/agent-log.ts';
import { hostNames, restartPolicies } from '../../process/process.ts';
import { agentId, count, durationMs, word } from '../fields.ts';
import type { OperationTable } from '../operation.ts';
import { presentProcess } from '../present.ts';
import type { StopInput } from '../process-api.ts';
import { registeredAgent } from './agent-operations.ts';

type ProcessOperations = Pick<
  OperationTable,
  'agent.start' | 'agent.stop' | 'agent.restart' | 'agent.logs' | 'agent.process' | 'agent.processes'
>;

/** What execve(2) takes for one argument on Linux; all of them and the environment are checked by the kernel. */
const maxArgumentBytes = 131_072;
const maxArguments = 1_024;
/** Time to finish before SIGKILL, unless the caller gives another. */
const defaultGraceMs = 10_000;
const defaultLines = 100;

const argument = z
  .string('must be text')
  .refine((text) => !text.includes('\0'), 'must not hold NUL')
  .refine((text) => Buffer.byteLength(text) < maxArgumentBytes, `must be under ${maxArgumentBytes} bytes`);

const stopFields = {
  id: agentId,
  /** The first signal; `kill` gives no grace. */
  signal: z.enum(['interrupt', 'terminate', 'kill'], 'must be interrupt, terminate or kill').exactOptional(),
  graceMs: durationMs(600_000).exactOptional(),
};

export function processOperations(): ProcessOperations {
  return {
    'agent.start': {
      name: 'agent.start',
      // A command of the caller's choosing on the operator's machine.
      access: { action: 'agent.run', subjects: ({ id }) => [id], isControl: true },
      repeat: 'looked-up',
      summary: "Run an agent's program; answers once it runs. An agent nobody registered is registered with it.",
      http: { method: 'POST', path: '/v1/agents/:id/start' },
      input: z.strictObject({
        id: agentId,
        command: z
          .array(argument, 'must be a list of texts: the program and its arguments')
          .min(1, 'must name a program')
          .max(maxArguments, `must be at most ${maxArguments} words`)
          .refine(([program]) => program !== '', 'must name a program'),
        client: word.exactOptional(),
        cwd: argument.refine(isAbsolute, 'must be an absolute path'),
        host: z.enum(hostNames, `must be one of ${hostNames.join(', ')}`).exactOptional(),
        restart: z.enum(restartPolicies, `must be one of ${restartPolicies.join(', ')}`).exactOptional(),
        environment: z
          .record(z.string().regex(/^[^=\0]+$/, 'must be a name without = and NUL'), argument)
          .exactOptional(),
      }),
      async run(hub, { id, command, client, cwd, host = 'child', restart = 'transient', environment }) {
        requireFolder(cwd);
        await registeredAgent(hub, client === undefined ? { id } : { id, client });
        const order = { agent: id, command, cwd, host, policy: restart };
        const life = await hub.supervisor.start(environment === undefined ? order : { ...order, environment });
        return presentProcess(life, hub.supervisor.attachCommand(life));
      },
    },
    'agent.stop': {
      name: 'agent.stop',
      access: { action: 'agent.restart', subjects: ({ id }) => [id], meets: isGraceful, isControl: true },
      repeat: 'safe',
      summary: "End an agent's program and its process group: the signal, a grace, then SIGKILL. It is not restarted.",
      http: { method: 'POST', path: '/v1/agents/:id/stop' },
      input: z.strictObject(stopFields),
      async run(hub, { id, signal = 'terminate', graceMs = defaultGraceMs }) {
        return presentProcess(await hub.supervisor.stop(id, { first: signal, graceMs }));
      },
    },
    'agent.restart': {
      name: 'agent.restart',
      access: { action: 'agent.restart', subjects: ({ id }) => [id], meets: isGraceful, isControl: true },
      repeat: 'looked-up',
      summary: "Stop an agent's program, if it runs, and run the same again.",
      http: { method: 'POST', path: '/v1/agents/:id/restart' },
      input: z.strictObject({ ...stopFields, ifIncarnation: count(Number.MAX_SAFE_INTEGER).exactOptional() }),
      async run(hub, { id, signal = 'terminate', graceMs = defaultGraceMs, ifIncarnation }) {
        const life = await hub.supervisor.restart(id, { first: signal, graceMs }, ifIncarnation);
        return presentProcess(life, hub.supervisor.attachCommand(life));
      },
    },
    'agent.logs': {
      name: 'agent.logs',
      access: { action: 'agent.logs', subjects: ({ id }) => [id] },
      repeat: 'safe',
      summary: "The last lines of an agent's output, or what came after an earlier answer's `next`.",
      http: { method: 'GET', path: '/v1/agents/:id/logs' },
      input: z.strictObject({
        id: agentId,
        lines: count(10_000).exactOptional(),
        after: z.string('must be text').refine(isLogCursor, 'must be the `next` of an earlier answer').exactOptional(),
      }),
      async run(hub, { id, lines = defaultLines, after }) {
        const { life, ...piece } = await hub.supervisor.log(id, { count: lines, after });
        return { id, ...piece, process: presentProcess(life) };
      },
    },
    'agent.process': {
      name: 'agent.process',
      access: { action: 'agent.read', subjects: ({ id }) => [id] },
      repeat: 'safe',
      summary: "The present or last life of an agent's program, and those before it, newest first.",
      http: { method: 'GET', path: '/v1/agents/:id/process' },
      input: z.strictObject({ id: agentId, limit: count(100).exactOptional() }),
      async run(hub, { id, limit = 10 }) {
        const life = await hub.supervisor.latest(id);
        const history = await hub.store.processes.history(id, limit);
        return {
          process: presentProcess(life, hub.supervisor.attachCommand(life)),
          history: history.map((earlier) => presentProcess(earlier)),
        };
      },
    },
    'agent.processes': {
      name: 'agent.processes',
      access: { action: 'agent.read' },
      repeat: 'safe',
      summary: 'The present or last life of every agent that was ever started.',
      http: { method: 'GET', path: '/v1/processes' },
      input: z.strictObject({}),
      async run(hub) {
        const lives = await hub.store.processes.list();
        return { processes: lives.map((life) => presentProcess(life, hub.supervisor.attachCommand(life))) };
      },
    },
  };
}

/** An agent may ask itself to end; it may not be killed by what it was talked into. */
function isGraceful(condition: Condition, { signal = 'terminate' }: StopInput): boolean {
  return condition === 'graceful' && signal !== 'kill';
}

function requireFolder(cwd: string): void {
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw invalidInput('cwd', cwd, 'must be a folder that exists');
}
