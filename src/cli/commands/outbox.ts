import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { WaggleError } from '../../errors.ts';
import type { DestinationInput } from '../../hub/outbox-api.ts';
import type { OutboxState } from '../../outbox/outbox.ts';
import { renderJson } from '../../render-json.ts';
import { missingInput, present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';
import { counted } from '../selection.ts';
import { printTable } from '../terminal/table.ts';

export const list: CommandAction = async (call, context) => {
  const filter = {
    state: call.text('state') as OutboxState | undefined, // one of the choices: the parser refused others
    destination: call.text('destination'),
    limit: call.count('limit'),
    after: call.text('after'),
  };
  const page = await (await context.connect()).outbox.list(present(filter));
  const { output } = context;
  if (context.json) {
    output.json(renderJson(page));
    return undefined;
  }
  if (page.entries.length === 0) output.note('nothing here; what rooms send out appears as they do');
  const columns = ['ID', 'TO', 'KIND', 'STATE', 'TRIES', 'CREATED', 'LATEST'].map((head) => ({ head }));
  const rows = page.entries.map((entry) => [
    entry.id,
    entry.destination,
    entry.kind,
    entry.state,
    `${entry.attempt}/${entry.maxAttempts}`,
    when(entry.createdAt, context),
    entry.detail ?? '',
  ]);
  if (rows.length > 0) await printTable(output, columns, rows);
  if (page.next !== undefined) output.note(`more: waggle outbox list --after ${page.next}`);
  return undefined;
};

export const redrive: CommandAction = async (call, context) => {
  const ids = call.args(0);
  const selection = {
    ...(ids.length > 0 ? { ids } : {}),
    ...present({ destination: call.text('destination') }),
    ...(call.flag('all') ? { all: true } : {}),
  };
  const redriven = await (await context.connect()).outbox.redrive(selection);
  if (context.json) context.output.json(renderJson({ redriven }));
  else context.output.line(`${counted(redriven, 'entry', 'entries')} will be sent again`);
  return undefined;
};

export const destinations: CommandAction = async (_call, context) => {
  const found = await (await context.connect()).outbox.destinations();
  const { output } = context;
  if (context.json) {
    output.json(renderJson({ destinations: found }));
  } else if (found.length === 0) {
    output.note('no destinations yet; add one with: waggle outbox add NAME --url -');
  } else {
    const columns = ['NAME', 'BY', 'WHERE', 'STATE'].map((head) => ({ head }));
    const rows = found.map(({ name, publisher, origin = '', heldUntilAt, disabled }) => {
      const held = heldUntilAt === undefined ? 'open' : `held until ${heldUntilAt}`;
      return [name, publisher, origin, disabled === undefined ? held : `disabled: ${disabled}`];
    });
    await printTable(output, columns, rows);
  }
  return undefined;
};

export const add: CommandAction = async (call, context) => {
  const given = call.text('url');
  if (given === undefined) throw missingInput('--url', 'give the address, or - to read it from stdin');
  const url = given === '-' ? (await context.readStdin()).toString('utf8').trim() : given;
  const secret = readSecret(call.text('secret-file'), context.cwd);
  const added = await (await context.connect()).outbox.add({
    name: call.arg(0),
    url,
    ...present({
      secret,
      publisher: call.text('via') as DestinationInput['publisher'], // one of the choices
      alerts: call.text('alerts') as DestinationInput['alerts'], // one of the choices
    }),
  });
  const { output } = context;
  if (context.json) output.json(renderJson(added));
  else if (secret !== undefined || added.publisher === 'discord')
    output.line(`${added.name} posts to ${added.origin ?? ''}`);
  else {
    output.line(`${added.name} posts to ${added.origin ?? ''}; receivers verify with this secret, told only now:`);
    output.line(added.secret);
  }
  return undefined;
};

export const test: CommandAction = async (call, context) => {
  const name = call.arg(0);
  const id = await (await context.connect()).outbox.test(name);
  if (context.json) context.output.json(renderJson({ id }));
  else context.output.line(`${id} queued; see what becomes of it: waggle outbox list --destination ${name}`);
  return undefined;
};

export const remove: CommandAction = async (call, context) => {
  const removed = await (await context.connect()).outbox.remove(call.arg(0));
  const { output } = context;
  const { buried } = removed;
  if (context.json) output.json(renderJson(removed));
  else
    output.line(`${removed.name} removed${buried ? `; ${counted(buried, 'entry', 'entries')} will not be sent` : ''}`);
  return undefined;
};

function readSecret(file: string | undefined, cwd: string): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(resolve(cwd, file), 'utf8').trim();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WaggleError('unreadable_file', `--secret-file: cannot read the secret (${why})`, { cause: error });
  }
}

function when(iso: string, { output, clock }: Context): string {
  return output.isTerminal ? relativeTime(iso, clock.now()) : iso;
}
