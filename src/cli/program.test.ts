import { describe, expect, test } from 'vitest';
import { WaggleError } from '../errors.ts';
import { collectOutput } from '../testing/cli-context.ts';
import { catalogue } from './catalogue/index.ts';
import { commandGroups } from './command.ts';
import { buildProgram, type Chosen, parseCommandLine } from './program.ts';

function parse(...argv: string[]): { chosen: Chosen | number; stdout: string; stderr: string } {
  const { output, stdout, stderr } = collectOutput();
  return { chosen: parseCommandLine(buildProgram(output), argv, output), stdout: stdout(), stderr: stderr() };
}

function parsed(...argv: string[]): Chosen {
  const { chosen } = parse(...argv);
  if (typeof chosen === 'number') throw new Error(`ended with ${chosen}`);
  return chosen;
}

function refusal(...argv: string[]): WaggleError {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof WaggleError) return error;
    throw error;
  }
  throw new Error(`accepted: ${argv.join(' ')}`);
}

describe('a command line', () => {
  test('names its command, arguments and options', () => {
    const { spec, call } = parsed('send', 'bob', 'hello there', '--priority', 'high', '--delay', '5s', '--json');
    expect(spec.name).toBe('send');
    expect([call.arg(0), call.arg(1)]).toEqual(['bob', 'hello there']);
    expect(call.text('priority')).toBe('high');
    expect(call.durationMs('delay')).toBe(5_000);
    expect(call.flag('json')).toBe(true);
  });

  test('takes --json and --dir before and after the command', () => {
    const { call } = parsed('--dir', '/tmp/x', '--json', 'dead', 'list', '--inbox', 'bob');
    expect([call.text('dir'), call.flag('json'), call.text('inbox')]).toEqual(['/tmp/x', true, 'bob']);
  });

  test('repeats a repeatable option, in order', () => {
    expect(parsed('agent', 'add', 'ada', '--skill', 'a', '--skill', 'b').call.list('skill')).toEqual(['a', 'b']);
  });

  test('a negative value reaches its parser instead of being taken for a flag', () => {
    const { call } = parsed('send', 'bob', 'x', '--delay', '-5s');
    expect(() => call.durationMs('delay')).toThrow('--delay: must not be negative, got "-5s"');
  });

  test('after -- everything is text', () => {
    expect(parsed('send', 'bob', '--', '--json').call.arg(1)).toBe('--json');
    expect(parsed('send', '--priority', 'low', 'bob', '--', '-x').call.arg(1)).toBe('-x');
  });

  test('takes a variadic argument whole', () => {
    expect(parsed('recover', 'a.json', 'b.json', '--import').call.args(0)).toEqual(['a.json', 'b.json']);
    expect(parsed('doctor', '--watch', 'a', 'b').call.list('watch')).toEqual(['a', 'b']);
  });
});

describe('a wrong command line is invalid_input that says what is meant', () => {
  test.each([
    [['sned', 'bob', 'x'], "unknown command 'sned' (Did you mean send?); see waggle --help"],
    [['dead', 'lst'], "unknown command 'lst' (Did you mean list?); see waggle dead --help"],
    [
      ['send', 'bob', 'x', '--priorty', 'high'],
      "unknown option '--priorty' (Did you mean --priority?); see waggle send --help",
    ],
    [
      ['send', 'bob', 'two', 'words'],
      "too many arguments for 'send'. Expected 2 arguments but got 3.; see waggle send --help",
    ],
    [['inbox'], "missing required argument 'agent'; see waggle inbox --help"],
    [['send', 'bob', 'x', '--delay'], "option '--delay <duration>' argument missing; see waggle send --help"],
    [['dead'], 'dead: needs a command, one of list, redrive, purge'],
    [
      ['completion', 'tcsh'],
      "command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.",
    ],
  ])('%j', (argv, message) => {
    const error = refusal(...argv);
    expect(error.code).toBe('invalid_input');
    expect(error.message).toContain(message);
  });

  test('a value outside its choices is shown with them', () => {
    expect(refusal('send', 'bob', 'x', '--priority', 'max').message).toContain(
      "argument 'max' is invalid. Allowed choices are urgent, high, normal, low.",
    );
  });

  test('only global options and no command', () => {
    expect(refusal('--json').message).toContain('waggle: needs a command, one of init, hook, agent,');
  });
});

describe('pages', () => {
  test('no arguments greet a newcomer with three commands', () => {
    const { chosen, stdout } = parse();
    expect(chosen).toBe(0);
    expect(stdout.match(/^ {2}waggle /gm)).toHaveLength(3);
  });

  test('--help lists every visible command in its group', () => {
    const { chosen, stdout } = parse('--help');
    expect(chosen).toBe(0);
    for (const group of commandGroups) expect(stdout).toContain(`${group}:`);
    for (const spec of catalogue.filter((row) => row.hidden !== true)) expect(stdout).toContain(spec.summary);
    expect(stdout).not.toContain('Answers the completion script');
  });

  test('a family lists its own', () => {
    const { stdout } = parse('dead', '--help');
    expect(stdout).toContain('dead purge [id...]');
    expect(stdout).not.toContain('queue stats');
  });

  test('every command has a summary of one sentence, a help page and examples that parse', () => {
    for (const spec of catalogue) {
      expect(spec.summary, spec.name).toMatch(/^[A-Z].*\.$/);
      const { stdout } = parse(...spec.name.split(' '), '--help');
      expect(stdout, spec.name).toContain(`Usage: waggle ${spec.name}`);
      expect(stdout, spec.name).toContain('--json');
      expect(stdout, spec.name).toMatch(/Examples?:/);
      for (const [example] of spec.examples) {
        const own = example.slice(example.indexOf('waggle ')).replace(/\)?(?: [<>] .*)?$/, '');
        const words = own.match(/"[^"]*"|'[^']*'|\S+/g)?.map((word) => word.replace(/^(["'])(.*)\1$/, '$2')) ?? [];
        expect(parsed(...words.slice(1)).spec.name, example).toBe(spec.name);
      }
    }
  });

  test('hidden options work and are not shown', () => {
    expect(parsed('up', '--background', '--idle-exit', '5m').call.flag('background')).toBe(true);
    expect(parse('up', '--help').stdout).not.toContain('--background');
  });

  test('every row loads an action', async () => {
    for (const spec of catalogue) expect(await spec.load(), spec.name).toBeTypeOf('function');
  });
});
