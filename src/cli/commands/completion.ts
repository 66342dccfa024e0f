import { WaggleError } from '../../errors.ts';
import { catalogue } from '../catalogue/index.ts';
import type { CommandAction, CommandSpec, Context } from '../command.ts';
import { completionScripts } from '../completion-scripts.ts';

/** How long a Tab may wait for a running hub to name its agents. */
const patienceMs = 400;

export const printCompletionScript: CommandAction = async (call, { output }) => {
  const shell = call.arg(0);
  if (shell === 'bash' || shell === 'zsh') {
    output.line(completionScripts[shell].trimEnd());
    return undefined;
  }
  const { default: tab } = await import('@bomb.sh/tab');
  for (const line of captured(() => tab.setup('waggle', 'waggle', shell))) output.line(line);
  return undefined;
};

/** Answers the shell's question "what may come next": commands, flags, fixed choices and registered agents. */
export const complete: CommandAction = async (call, context) => {
  const { RootCommand } = await import('@bomb.sh/tab');
  const words = [...call.args(0)];
  const agents = await agentsFor(words, context);
  const root = new RootCommand();
  for (const spec of catalogue) if (spec.hidden !== true) describe(root.command(spec.name, spec.summary), spec, agents);
  for (const line of captured(() => root.parse(words))) context.output.line(line);
  return undefined;
};

type TabCommand = ReturnType<InstanceType<typeof import('@bomb.sh/tab').RootCommand>['command']>;
type Offer = (value: string, description: string) => void;

function describe(command: TabCommand, spec: CommandSpec, agents: readonly string[]): void {
  for (const { term, choices, completes } of spec.args ?? []) {
    const values = completes === 'agent' ? agents : (choices ?? []);
    command.argument(term.replace(/[<>[\].]/g, ''), offering(values), term.includes('...'));
  }
  for (const { flags, summary, choices, completes, hidden } of spec.options ?? []) {
    if (hidden === true) continue;
    const name = /--([a-z-]+)/.exec(flags)?.[1] ?? flags;
    const values = completes === 'agent' ? agents : (choices ?? []);
    if (flags.includes('<')) command.option(name, summary, offering(values));
    else command.option(name, summary);
  }
  command.option('json', 'JSON on stdout');
  command.option('dir', 'the swarm directory', offering([]));
  command.option('help', 'options and examples');
}

function offering(values: readonly string[]): (offer: Offer) => void {
  return (offer) => {
    for (const value of values) offer(value, '');
  };
}

/** Agent ids when the command at hand can use them and a hub is running; a Tab starts none and never fails. */
async function agentsFor(words: readonly string[], context: Context): Promise<readonly string[]> {
  const line = words.filter((word) => !word.startsWith('-')).join(' ');
  const isWanted = catalogue.some(
    (spec) =>
      line.startsWith(spec.name) && [...(spec.args ?? []), ...(spec.options ?? [])].some((part) => part.completes),
  );
  if (!isWanted) return [];
  const asked = context.connect({ start: false }).then((swarm) => swarm.agents.list());
  const late = new Promise<never>((_, reject) => {
    context.clock.setTimer(patienceMs, () =>
      reject(new WaggleError('timeout', 'the hub took too long for a completion')),
    );
  });
  return Promise.race([asked, late]).then(
    (agents) => agents.map((agent) => agent.id),
    () => [],
  );
}

/** The library prints with console.log; what it says must pass our own way out, which is flushed before exit. */
function captured(print: () => void): string[] {
  const { console } = globalThis;
  const lines: string[] = [];
  globalThis.console = Object.assign(Object.create(console), {
    log: (text: string) => void lines.push(text),
  }) as Console;
  try {
    print();
  } finally {
    globalThis.console = console;
  }
  return lines;
}
