import type { HandOffListInput, WireHandOff } from '../../hub/hand-off-api.ts';
import { renderJson } from '../../render-json.ts';
import { present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';
import { printTable } from '../terminal/table.ts';

export const offer: CommandAction = async (call, context) => {
  const handOff = await (await context.connect()).handOffs.offer({
    mission: call.arg(0),
    to: call.arg(1),
    ...present({
      from: call.text('from'),
      note: call.text('note'),
      ttlMs: call.durationMs('ttl'),
      briefTokens: call.count('tokens'),
      approve: call.flag('approve') ? true : undefined,
    }),
  });
  return said(handOff, `${handOff.mission} is offered to ${handOff.to}: ${handOff.id}`, context);
};

export const accept: CommandAction = async (call, context) => {
  const agent = present({ agent: call.text('as') });
  const handOff = await (await context.connect()).handOffs.accept(call.arg(0), agent);
  const moved = handOff.leases.length === 0 ? '' : `, with ${handOff.leases.length} messages ${handOff.from} held`;
  return said(handOff, `${handOff.mission} is ${handOff.to}'s now${moved}`, context);
};

export const decline: CommandAction = async (call, context) => {
  const options = present({ agent: call.text('as'), reason: call.text('reason') });
  const handOff = await (await context.connect()).handOffs.decline(call.arg(0), options);
  return said(handOff, `declined; ${handOff.mission} stays with ${handOff.from}`, context);
};

export const withdraw: CommandAction = async (call, context) => {
  const options = present({ reason: call.text('reason') });
  const handOff = await (await context.connect()).handOffs.withdraw(call.arg(0), options);
  return said(handOff, `withdrawn; ${handOff.mission} stays with ${handOff.from}`, context);
};

export const list: CommandAction = async (call, context) => {
  const filter = present({
    mission: call.text('mission'),
    agent: call.text('agent'),
    state: call.text('state') as HandOffListInput['state'], // one of the choices: the parser refused others
  });
  const handOffs = await (await context.connect()).handOffs.list(filter);
  const { output } = context;
  if (context.json) {
    output.json(renderJson({ handOffs }));
  } else if (handOffs.length === 0) {
    output.note('no hand-offs; offer a mission with: waggle hand-off offer MISSION AGENT');
  } else {
    const columns = ['HAND-OFF', 'MISSION', 'FROM', 'TO', 'STATE', 'OFFERED'].map((head) => ({ head }));
    const rows = handOffs.map(({ id, mission, from, to, state, offeredAt }) => [
      id,
      mission,
      from,
      to,
      state,
      output.isTerminal ? relativeTime(offeredAt, context.clock.now()) : offeredAt,
    ]);
    await printTable(output, columns, rows);
  }
  return undefined;
};

function said(handOff: WireHandOff, sentence: string, { output, json }: Context): undefined {
  if (json) output.json(renderJson(handOff));
  else output.line(output.isTerminal ? `${output.style.good('✓')} ${sentence}` : sentence);
  return undefined;
}
