import { clientOfProgram } from '../../clients/known-clients.ts';
import type { WireProcess } from '../../hub/process-api.ts';
import { plainLine } from '../../plain.ts';
import { inheritable } from '../../process/environment.ts';
import { describeExit } from '../../process/process.ts';
import { renderJson } from '../../render-json.ts';
import { type Call, present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';
import { printTable } from '../terminal/table.ts';

export const startAgent: CommandAction = async (call, context) => {
  const swarm = await context.connect();
  const life = await swarm.agents.start(call.arg(0), call.args(1), {
    cwd: context.cwd,
    environment: inheritable(context.env),
    // The parser lets only the choices through.
    ...present({
      client: clientOfProgram(call.args(1)[0] ?? ''),
      host: call.text('host') as 'child' | undefined,
      restart: call.text('restart') as 'transient' | undefined,
    }),
  });
  say(context, life, `${life.id} runs, pid ${life.pid}; watch it with: waggle agent logs ${life.id} --follow`);
  return undefined;
};

export const stopAgent: CommandAction = async (call, context) => {
  const life = await (await context.connect()).agents.stop(call.arg(0), stopOptions(call));
  say(context, life, `${life.id} has ended: ${endOf(life)}`);
  return undefined;
};

export const restartAgent: CommandAction = async (call, context) => {
  const life = await (await context.connect()).agents.restart(call.arg(0), stopOptions(call));
  say(context, life, `${life.id} runs again, pid ${life.pid}, incarnation ${life.incarnation}`);
  return undefined;
};

export const listProcesses: CommandAction = async (_call, context) => {
  const processes = await (await context.connect()).agents.processes();
  const { output, clock } = context;
  if (context.json) {
    output.json(renderJson({ processes }));
  } else if (processes.length === 0) {
    output.note('no agent was started yet; start one with: waggle agent start ID -- COMMAND');
  } else {
    const columns = ['AGENT', 'STATE', 'PID', 'LIFE', 'SINCE', 'LAST END', 'COMMAND'].map((head) => ({ head }));
    const rows = processes.map((life) => {
      const since = life.endedAt ?? life.startedAt ?? life.createdAt;
      return [
        life.id,
        life.restartAt === undefined ? life.state : 'restarting',
        life.endedAt === undefined ? String(life.pid ?? '') : '',
        String(life.incarnation),
        output.isTerminal ? relativeTime(since, clock.now()) : since,
        life.exit === undefined ? '' : describeExit(life.exit),
        life.command.join(' '),
      ];
    });
    await printTable(output, columns, rows);
  }
  return undefined;
};

export function stopOptions(call: Call) {
  const signal = call.flag('kill') ? ('kill' as const) : call.flag('interrupt') ? ('interrupt' as const) : undefined;
  return present({ signal, graceMs: call.durationMs('grace') });
}

function endOf({ exit }: WireProcess): string {
  return exit === undefined ? 'it never ran' : plainLine(describeExit(exit));
}

function say({ output, json }: Context, life: WireProcess, sentence: string): void {
  if (json) output.json(renderJson(life));
  else output.line(output.isTerminal ? `${output.style.good('✓')} ${sentence}` : sentence);
}
