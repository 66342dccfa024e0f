import { invalidInput, WaggleError } from '../../errors.ts';
import type { SendInput, SendOutput } from '../../hub/api.ts';
import type { Priority } from '../../message/message.ts';
import { plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import { type Call, missingInput, present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { parseDuration } from '../durations.ts';

export const send: CommandAction = async (call, context) => {
  const file = call.text('file');
  if (file !== undefined) return (await import('./send-file.ts')).sendFile(file, call, context);
  const message = await readMessage(call, context);
  const swarm = await context.connect({ create: true });
  const receipt = await swarm.send(message);
  if (context.json) context.output.json(renderJson(receiptJson(receipt)));
  else context.output.line(describe(receipt, message, context));
  return undefined;
};

/** The contract's keys first; `ids` only when there was more than one recipient. */
export function receiptJson({ id, state, duplicate, ids }: SendOutput): Record<string, unknown> {
  return { id, state, duplicate, ...present({ ids }) };
}

async function readMessage(call: Call, context: Context): Promise<SendInput> {
  const to = call.optionalArg(0);
  const text = call.optionalArg(1);
  if (to === undefined) throw missingInput('to', 'write waggle send AGENT TEXT');
  if (text === undefined) throw missingInput('text', 'write the text, or - to read it from standard input');
  const body = text === '-' ? decodeUtf8(await context.readStdin(), 'text') : text;
  return {
    to,
    body: call.flag('json-body') ? await readJson(body) : body,
    ...present({
      from: call.text('from'),
      subject: call.text('subject'),
      priority: call.text('priority') as Priority | undefined, // one of the choices: the parser refused others
      threadId: call.text('thread'),
      replyTo: call.text('reply-to'),
      delayMs: call.durationMs('delay'),
      ttlMs: call.durationMs('ttl'),
      idempotencyKey: call.text('key'),
      ackBy: ackBy(call.text('ack-by'), context),
      kind: call.text('kind'),
      orderingKey: call.text('ordering-key'),
    }),
  };
}

/** Bytes that are not UTF-8 would be stored as something else than was sent, so they are refused. */
export function decodeUtf8(bytes: Buffer, field: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new WaggleError(
      'invalid_input',
      `${field}: is not valid UTF-8 (${bytes.length} bytes read); convert it first`,
      {
        details: { field, bytes: bytes.length },
      },
    );
  }
}

/** The value keeps its source text, which is what is stored. */
async function readJson(text: string): Promise<unknown> {
  const { JsonSource, parseStrictJson } = await import('../../json.ts');
  const value = parseStrictJson(text);
  return typeof value === 'string' ? value : new JsonSource(text.trim(), value);
}

/** A duration from now, or the instant itself. */
function ackBy(text: string | undefined, context: Context): string | undefined {
  if (text === undefined) return undefined;
  if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text))) return new Date(text).toISOString();
  const at = new Date(context.clock.now() + parseDuration('--ack-by', text));
  if (Number.isNaN(at.getTime())) throw invalidInput('--ack-by', text, 'is too far away');
  return at.toISOString();
}

function describe(receipt: SendOutput, message: SendInput, { output }: Context): string {
  if (!output.isTerminal) return (receipt.ids ?? [receipt.id]).join('\n');
  const count = receipt.ids === undefined ? '' : ` (${receipt.ids.length} recipients)`;
  const again = receipt.duplicate ? ' was sent before with this key' : ` ${receipt.state}`;
  return `${output.style.good('✓')} ${receipt.id} → ${plainLine(message.to)}${count}${again}`;
}
