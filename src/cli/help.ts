import { type CommandSpec, commandGroups } from './command.ts';
import type { Style } from './terminal/style.ts';

const dirOption = '--dir <directory>';

/** What a newcomer who types `waggle` sees: what this is, three commands that work in that order, and where more is. */
export function welcome(style: Style): string {
  const step = (command: string, meaning: string) => `  ${style.accent(command.padEnd(42))}${style.dim(meaning)}`;
  return [
    `${style.strong('Waggle')} carries messages between your coding agents and never loses one.`,
    '',
    'Try these three:',
    step('waggle agent add reviewer', 'an agent gets an inbox'),
    step('waggle send reviewer "please look at #12"', 'durable once this returns'),
    step('waggle inbox reviewer', 'take it, then waggle ack it'),
    '',
    `A damaged queue file?  ${style.accent('waggle recover queue.json')}`,
    `All commands:          ${style.accent('waggle --help')}`,
  ].join('\n');
}

/** The commands by group with their summaries; only those of one family (`agent …`) when it is named. */
export function commandList(catalogue: readonly CommandSpec[], style: Style, family?: string): string {
  const shown = catalogue.filter(
    (spec) => spec.hidden !== true && (family === undefined || spec.name.startsWith(`${family} `)),
  );
  const width = Math.max(dirOption.length, ...shown.map((spec) => usage(spec).length)) + 2;
  const lines = [`${style.strong('Usage:')} waggle ${family === undefined ? '' : `${family} `}<command> [options]`];
  for (const group of commandGroups) {
    const members = shown.filter((spec) => spec.group === group);
    if (members.length === 0) continue;
    lines.push('', style.strong(`${group}:`));
    for (const spec of members) lines.push(`  ${style.accent(usage(spec).padEnd(width))}${spec.summary}`);
  }
  lines.push(
    '',
    style.strong('Every command takes:'),
    `  ${style.accent('--json'.padEnd(width))}JSON on stdout, one document a line, and nothing else there`,
    `  ${style.accent(dirOption.padEnd(width))}the swarm directory (default: the nearest .waggle upward)`,
    `  ${style.accent('-h, --help'.padEnd(width))}its options and examples`,
  );
  if (family === undefined) lines.push(`  ${style.accent('-v, --version'.padEnd(width))}(alone) the version`);
  lines.push(
    '',
    style.dim(
      'Exit codes: 0 done · 1 failed · 2 usage · 3 not found · 4 conflict or lost lease · 5 busy · 130 interrupted',
    ),
  );
  return lines.join('\n');
}

/** commander's page (usage, arguments, options) followed by what the reader must know and examples. */
export function commandHelp(spec: CommandSpec, options: string, style: Style): string {
  const lines = [options.trimEnd()];
  if (spec.details !== undefined) lines.push('', spec.details);
  lines.push('', style.strong(spec.examples.length === 1 ? 'Example:' : 'Examples:'));
  for (const [command, meaning] of spec.examples)
    lines.push(`  ${style.accent(command)}`, `      ${style.dim(meaning)}`);
  return lines.join('\n');
}

function usage(spec: CommandSpec): string {
  return [spec.name, ...(spec.args ?? []).map((arg) => arg.term)].join(' ');
}
