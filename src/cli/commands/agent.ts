import { resolve } from 'node:path';
import type { AgentState } from '../../agent/agent.ts';
import type { WireAgent } from '../../hub/api.ts';
import { plainLine } from '../../plain.ts';
import { describeExit } from '../../process/process.ts';
import { renderJson } from '../../render-json.ts';
import { present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';
import { printTable } from '../terminal/table.ts';
import { statsLines } from './queue.ts';

export const addAgent: CommandAction = async (call, context) => {
  const skills = call.list('skill');
  const workspace = call.text('workspace');
  const swarm = await context.connect({ create: true });
  const agent = await swarm.agents.add({
    id: call.arg(0),
    ...present({
      role: call.text('role'),
      client: call.text('client'),
      skills: skills.length > 0 ? skills : undefined,
      team: call.text('team'),
      capacity: call.count('capacity', 1),
      workspace: workspace === undefined ? undefined : resolve(context.cwd, workspace),
    }),
  });
  say(context, agent, `${agent.id} has an inbox now; write to it with: waggle send ${agent.id} "hello"`);
  return undefined;
};

export const listAgents: CommandAction = async (call, context) => {
  const filter = present({ role: call.text('role'), skill: call.text('skill') });
  const agents = await (await context.connect()).agents.list(filter);
  const { output } = context;
  if (context.json) {
    output.json(renderJson({ agents }));
  } else if (agents.length === 0) {
    const isFiltered = Object.keys(filter).length > 0;
    output.note(isFiltered ? 'no agent matches' : 'no agents yet; add one with: waggle agent add reviewer');
  } else {
    const columns = ['AGENT', 'ROLE', 'SKILLS', 'CLIENT', 'LAST SEEN', 'STATE', 'LIVENESS'].map((head) => ({ head }));
    await printTable(
      output,
      columns,
      agents.map((agent) => [...cellsOf(agent, context), agent.state, agent.liveness]),
    );
  }
  return undefined;
};

export const showAgent: CommandAction = async (call, context) => {
  const agent = await (await context.connect()).agents.show(call.arg(0));
  const { output } = context;
  if (context.json) {
    output.json(renderJson(agent));
    return undefined;
  }
  const [id, role, skills, client, seen] = cellsOf(agent, context);
  const why = agent.evidence[0];
  const facts = {
    agent: id,
    role,
    skills,
    client,
    team: agent.team,
    capacity: agent.capacity === undefined ? undefined : String(agent.capacity),
    workspace: agent.workspace,
    state: `${agent.state}${agent.stateReason === undefined ? '' : `: ${agent.stateReason}`}`,
    liveness:
      why === undefined ? agent.liveness : `${agent.liveness} (${why.detail ?? why.kind}, ${when(why.at, context)})`,
    token: agent.token === undefined ? undefined : `${agent.token.role}, incarnation ${agent.token.incarnation}`,
    'last seen': seen,
    added: when(agent.createdAt, context),
  };
  for (const [name, value] of Object.entries(facts)) {
    if (value)
      output.line(output.isTerminal ? `${name.padEnd(10)} ${plainLine(value)}` : `${name}\t${plainLine(value)}`);
  }
  if (agent.process !== undefined) {
    const { state, pid, incarnation, exit } = agent.process;
    const words = exit === undefined ? `${state}, pid ${pid ?? ''}` : `${state}: ${plainLine(describeExit(exit))}`;
    const program = `${words}, life ${incarnation}`;
    output.line(output.isTerminal ? `${'program'.padEnd(10)} ${program}` : `program\t${program}`);
  }
  for (const line of statsLines(agent.inbox, context)) output.line(line);
  return undefined;
};

export const removeAgent: CommandAction = async (call, context) => {
  const removed = await (await context.connect()).agents.remove(call.arg(0), { cancelOpen: call.flag('cancel-open') });
  const cancelled =
    removed.cancelled !== null && removed.cancelled > 0 ? `; ${removed.cancelled} open messages cancelled` : '';
  say(context, removed, `${removed.id} removed${cancelled}`);
  return undefined;
};

export const heartbeat: CommandAction = async (call, context) => {
  const agent = await (await context.connect()).agents.heartbeat(call.arg(0));
  say(context, agent, `${agent.id} is alive`);
  return undefined;
};

export const reportState: CommandAction = async (call, context) => {
  const state = call.arg(1) as AgentState; // one of the catalogue's choices
  const report = { state, ...present({ reason: call.text('reason') }) };
  const agent = await (await context.connect()).agents.report(call.arg(0), report);
  say(context, agent, `${agent.id} is ${agent.state}`);
  return undefined;
};

function cellsOf(agent: WireAgent, context: Context): string[] {
  const seen = agent.lastSeenAt === undefined ? '' : when(agent.lastSeenAt, context);
  return [agent.id, agent.role ?? '', agent.skills.join(', '), agent.client ?? '', seen];
}

function when(iso: string, { output, clock }: Context): string {
  return output.isTerminal ? relativeTime(iso, clock.now()) : iso;
}

function say({ output, json }: Context, document: object, sentence: string): void {
  if (json) output.json(renderJson(document));
  else output.line(output.isTerminal ? `${output.style.good('✓')} ${sentence}` : sentence);
}
