import { execFile } from 'node:child_process';
import { type ClientHome, claudeHome, clientProgram, codexHome } from './clients.ts';
import {
  type ModelReply,
  type ModelScript,
  type ModelServer,
  type ModelTurn,
  startModelServer,
} from './model-server.ts';

export type ClientName = 'claude' | 'codex';

/** A step of what a scripted model does: one of Waggle's tools, by its own name, or words that end its turn. */
export type Step = { readonly tool: string; readonly input: (turn: ModelTurn) => unknown } | { readonly say: string };

/** A model that still lacks a tool by then will not be given it. */
const mostTurns = 60;

/** How a client offers a tool of an MCP server: Claude Code and Codex put the server's name in front. */
function offered(turn: ModelTurn, tool: string): string | undefined {
  return turn.tools.find((name) => name.startsWith('mcp__waggle') && name.endsWith(tool));
}

/**
 * What a scripted model does, step by step: a list, or a generator that is given the turn each step led to and may decide
 * by it what to do next.
 */
export type Steps = Iterable<Step, unknown, ModelTurn>;

/**
 * A model that does these steps, in their order. Claude Code holds back the tools of MCP servers until its model asks
 * for them by name; a real model does that by itself, so this one does too.
 */
export function stepsOf(steps: Steps): (turn: ModelTurn) => ModelReply {
  const script = steps[Symbol.iterator]();
  let step: Step | undefined;
  return (turn) => {
    step ??= nextOf(script, turn);
    if (step === undefined) return { say: 'done' };
    if ('say' in step) {
      const words = step;
      step = undefined;
      return words;
    }
    const name = offered(turn, step.tool);
    if (name === undefined && turn.tools.includes('ToolSearch'))
      return { call: 'ToolSearch', input: { query: `select:mcp__waggle__${step.tool}`, max_results: 3 } };
    // Codex begins its turn while servers are still starting, and offers their tools once they are there.
    if (name === undefined && turn.tools.includes('exec_command') && turn.number < mostTurns)
      return { call: 'exec_command', input: { cmd: 'sleep 1' } };
    if (name === undefined) return { say: `there is no tool ${step.tool}, only ${turn.tools.join(', ')}` };
    const call = { call: name, input: step.input(turn) };
    step = undefined;
    return call;
  };
}

function nextOf(script: Iterator<Step, unknown, ModelTurn>, turn: ModelTurn): Step | undefined {
  const next = script.next(turn);
  return next.done === true ? undefined : next.value;
}

/** Looks until a message is there, which may be a while on a slow machine, and settles it by its id and generation. */
export function* takesOne(): Generator<Step, void, ModelTurn> {
  let lease: RegExpExecArray | null = null;
  while (lease === null) {
    const { toolResult = '' } = yield { tool: 'check_inbox', input: () => ({ wait_seconds: 40, limit: 1 }) };
    lease = /"id":\s*"(msg_[0-9a-f-]+)",\s*"gen":\s*(\d+)/.exec(toolResult);
  }
  const [, id, gen] = lease;
  yield { tool: 'ack_message', input: () => ({ id, gen: Number(gen) }) };
}

export interface ClientRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A client with a model of its own, in a home of its own. */
export interface ScriptedClient extends AsyncDisposable {
  readonly home: ClientHome;
  readonly model: ModelServer;
  run(...args: string[]): Promise<ClientRun>;
  /** One headless turn. */
  prompt(text: string): Promise<ClientRun>;
}

const headless: Record<ClientName, (text: string) => string[]> = {
  claude: (text) => ['-p', text, '--allowedTools', 'mcp__waggle', 'Bash'],
  codex: (text) => ['exec', '--skip-git-repo-check', text],
};

/** Its model does these steps, or whatever a script says. */
export async function scriptedClient(
  name: ClientName,
  steps: Steps | ModelScript,
  project?: string,
): Promise<ScriptedClient> {
  const model = await startModelServer(typeof steps === 'function' ? steps : stepsOf(steps));
  const home = (name === 'claude' ? claudeHome : codexHome)(model.url, project);
  const run = (...args: string[]) => execute(clientProgram(name), args, home);
  return {
    home,
    model,
    run,
    prompt: (text) => run(...headless[name](text)),
    async [Symbol.asyncDispose]() {
      await model[Symbol.asyncDispose]();
      home[Symbol.dispose]();
    },
  };
}

function execute(program: string, args: readonly string[], { project, env }: ClientHome): Promise<ClientRun> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd: project, env, timeout: 300_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
    });
    // Both read what a pipe still has to say before they begin.
    child.stdin?.end();
  });
}
