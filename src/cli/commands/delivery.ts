import { resolve } from 'node:path';
import type { DoorName } from '../../delivery/receipt.ts';
import type { DoorInput, WireDeliveryRecord } from '../../hub/delivery-api.ts';
import { renderJson } from '../../render-json.ts';
import { present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';
import { printTable } from '../terminal/table.ts';

export const status: CommandAction = async (call, context) => {
  const found = await (await context.connect()).delivery.status(call.arg(0), present({ limit: call.count('limit') }));
  const { output } = context;
  if (context.json) {
    output.json(renderJson(found));
    return undefined;
  }
  const columns = ['DOOR', 'STATE', 'COSTS', 'WHY NOT'].map((head) => ({ head }));
  const doors = found.doors.map(({ door, open, cost, reason = '' }) => [door, open ? 'open' : 'closed', cost, reason]);
  await printTable(output, columns, doors);
  if (found.records.length > 0) {
    output.line();
    const heads = ['MESSAGE', 'DOOR', 'STATE', 'TRIES', 'WHEN', 'WHY'].map((head) => ({ head }));
    await printTable(
      output,
      heads,
      found.records.map((record) => [
        record.messageId,
        record.door,
        record.state,
        record.tries,
        when(latest(record), context),
        record.why ?? '',
      ]),
    );
  }
  if (found.uncertain.length > 0) {
    output.note(
      `${found.uncertain.length} uncertain: nothing is repeated by itself; look, then: waggle delivery retry ID`,
    );
  }
  return undefined;
};

export const open: CommandAction = async (call, context) => {
  const door = call.arg(1) as DoorName; // one of the choices: the parser refused others
  const { cwd } = context;
  const path = (name: string) => {
    const text = call.text(name);
    return text === undefined ? undefined : resolve(cwd, text);
  };
  const url = call.text('url') === '-' ? (await context.readStdin()).toString('utf8').trim() : call.text('url');
  const settings = present({
    url,
    folder: path('folder'),
    socket: path('socket'),
    thread: call.text('thread'),
    client: call.text('client') as DoorInput['client'], // the same
    session: call.text('session'),
  });
  const opened = await (await context.connect()).delivery.open(call.arg(0), door, settings);
  const { output } = context;
  if (context.json) {
    output.json(renderJson(opened));
    return undefined;
  }
  output.line(opened.open ? `${door} is open` : `${door} is kept, and closed for now: ${opened.reason ?? ''}`);
  if (opened.secret !== undefined) {
    output.line('receivers verify with this secret, told only now:');
    output.line(opened.secret);
  }
  return undefined;
};

export const close: CommandAction = async (call, context) => {
  const door = call.arg(1) as DoorName; // one of the choices: the parser refused others
  const closed = await (await context.connect()).delivery.close(call.arg(0), door);
  if (context.json) context.output.json(renderJson({ closed }));
  else context.output.line(closed ? `${door} is closed` : `${door} was not open`);
  return undefined;
};

export const retry: CommandAction = async (call, context) => {
  const id = call.arg(0);
  await (await context.connect()).delivery.retry(id);
  if (context.json) context.output.json(renderJson({ id }));
  else context.output.line(`${id} is told once more, as soon as a door is open`);
  return undefined;
};

function latest({ begunAt, injectedAt, seenAt, uncertainAt }: WireDeliveryRecord): string {
  return seenAt ?? uncertainAt ?? injectedAt ?? begunAt;
}

function when(iso: string, { output, clock }: Context): string {
  return output.isTerminal ? relativeTime(iso, clock.now()) : iso;
}
