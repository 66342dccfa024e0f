import type { TokenRole } from '../../agent/policy.ts';
import { plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import { present } from '../call.ts';
import type { CommandAction } from '../command.ts';

/** The path alone goes to stdout, so that a script can hand it on; the token itself is never shown. */
export const mintToken: CommandAction = async (call, context) => {
  const role = call.text('role') as TokenRole | undefined; // one of the catalogue's choices
  const options = present({ role, expiresInMs: call.durationMs('expires') });
  const minted = await (await context.connect()).agents.token(call.arg(0), options);
  const { output } = context;
  if (context.json) {
    output.json(renderJson(minted));
    return undefined;
  }
  output.line(plainLine(minted.file));
  const ends = minted.expiresAt === undefined ? '' : ` until ${minted.expiresAt}`;
  output.note(
    `${minted.agent} is incarnation ${minted.incarnation} (${minted.role})${ends}; earlier tokens of it are refused`,
  );
  return undefined;
};

export const revokeToken: CommandAction = async (call, context) => {
  const revoked = await (await context.connect()).agents.revoke(call.arg(0));
  const { output } = context;
  if (context.json) output.json(renderJson(revoked));
  else output.line(`the token of ${revoked.agent} is over; give it another with: waggle agent token ${revoked.agent}`);
  return undefined;
};
