import { invalidInput, WaggleError } from '../../errors.ts';
import { parseStrictJson } from '../../json.ts';
import { plain, plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import { type Call, present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';
import { printTable } from '../terminal/table.ts';
import { decodeUtf8 } from './send.ts';

export const get: CommandAction = async (call, context) => {
  const found = await (await context.connect()).contexts.get(call.arg(0));
  const { output } = context;
  const member = call.optionalArg(1);
  if (member !== undefined) {
    if (!Object.hasOwn(found.value, member)) {
      throw new WaggleError('not_found', `context ${found.namespace} has no member ${JSON.stringify(member)}`, {
        details: { field: 'member', value: member, members: Object.keys(found.value) },
      });
    }
    const value = found.value[member];
    if (context.json) output.json(renderJson({ namespace: found.namespace, version: found.version, member, value }));
    else output.line(plain(typeof value === 'string' ? value : JSON.stringify(value)));
  } else if (context.json) {
    output.json(renderJson(found));
  } else {
    output.note(`version ${found.version}, changed by ${plainLine(found.updatedBy)} ${when(found.updatedAt, context)}`);
    output.line(plain(JSON.stringify(found.value, undefined, 2)));
  }
  return undefined;
};

export const set: CommandAction = async (call, context) => {
  const namespace = call.arg(0);
  const member = call.optionalArg(2);
  const swarm = await context.connect({ create: true });
  const options = writeOptions(call);
  const receipt =
    member === undefined
      ? await swarm.contexts.set(namespace, await objectFrom(call.arg(1), 'value', context), options)
      : await swarm.contexts.patch(namespace, { [call.arg(1)]: looseValue(member) }, options);
  return said(receipt, context);
};

export const patch: CommandAction = async (call, context) => {
  const change = await objectFrom(call.arg(1), 'patch', context);
  const receipt = await (await context.connect()).contexts.patch(call.arg(0), change, writeOptions(call));
  return said(receipt, context);
};

export const remove: CommandAction = async (call, context) => {
  const removed = await (await context.connect()).contexts.remove(call.arg(0), writeOptions(call));
  if (context.json) context.output.json(renderJson(removed));
  else context.output.line(`${removed.namespace} removed (version ${removed.version})`);
  return undefined;
};

export const list: CommandAction = async (_call, context) => {
  const contexts = await (await context.connect()).contexts.list();
  const { output } = context;
  if (context.json) {
    output.json(renderJson({ contexts }));
  } else if (contexts.length === 0) {
    output.note('nothing is noted yet; write something with: waggle context set AGENT goal "…"');
  } else {
    const columns = ['CONTEXT', 'VERSION', 'BY', 'CHANGED', 'EXPIRES'].map((head) => ({ head }));
    const rows = contexts.map(({ namespace, version, updatedBy, updatedAt, expiresAt }) => [
      namespace,
      String(version),
      updatedBy,
      when(updatedAt, context),
      expiresAt === undefined ? '' : when(expiresAt, context),
    ]);
    await printTable(output, columns, rows);
  }
  return undefined;
};

export const history: CommandAction = async (call, context) => {
  const changes = await (await context.connect()).contexts.history(
    call.arg(0),
    present({ limit: call.count('limit') }),
  );
  const { output } = context;
  if (context.json) {
    output.json(renderJson({ changes }));
  } else if (changes.length === 0) {
    output.note(`${plainLine(call.arg(0))} has never been written`);
  } else {
    for (const { version, at, by, change, reason } of changes) {
      const why = reason === undefined ? '' : `: ${plainLine(reason)}`;
      output.line(`${version}\t${when(at, context)}\t${change} by ${plainLine(by)}${why}`);
    }
  }
  return undefined;
};

export const brief: CommandAction = async (call, context) => {
  const made = await (await context.connect()).contexts.brief(call.arg(0), present({ tokens: call.count('tokens') }));
  if (context.json) context.output.json(renderJson(made));
  else context.output.line(plain(made.text));
  return undefined;
};

function writeOptions(call: Call) {
  return {
    ifVersion: call.count('if-version', 0) ?? ('any' as const),
    ...present({ ttlMs: call.durationMs('ttl'), reason: call.text('reason'), from: call.text('from') }),
  };
}

async function objectFrom(argument: string, field: string, context: Context): Promise<object> {
  const text = argument === '-' ? decodeUtf8(await context.readStdin(), field) : argument;
  const value = parseStrictJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidInput(
      field,
      value,
      'must be a JSON object; for one member write: waggle context set AGENT MEMBER VALUE',
    );
  return value;
}

/** What reads as JSON is JSON, anything else is text: `true`, `3`, `["a"]`, `ship it`. */
function looseValue(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch {
    return text;
  }
}

function said(
  receipt: { namespace: string; version: number; redacted: readonly string[] },
  { json, output }: Context,
): undefined {
  if (json) output.json(renderJson(receipt));
  else output.line(`${output.style.good('✓')} ${receipt.namespace} is at version ${receipt.version}`);
  if (!json && receipt.redacted.length > 0)
    output.note(`a secret was taken out at ${receipt.redacted.map(plainLine).join(', ')}`);
  return undefined;
}

function when(iso: string, { output, clock }: Context): string {
  return output.isTerminal ? relativeTime(iso, clock.now()) : iso;
}
