import { WaggleError } from '../../errors.ts';
import { answerHook } from '../../hooks/answer-hook.ts';
import { type HookAnswer, type HookCall, silent } from '../../hooks/hook-call.ts';
import type { HookClient } from '../../hooks/occasion.ts';
import { reportTold } from '../../hooks/report-told.ts';
import { randomHex } from '../../ids.ts';
import type { Call } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { speakingAgent } from '../speaking-agent.ts';
import { printError } from '../terminal/error-output.ts';

/**
 * The client reads stdout, so there is always one JSON document and nothing else; what went wrong is said on stderr. Exit
 * code 2 blocks or wakes an agent, so it is never used for a mistake.
 */
export const hook: CommandAction = async (call, context) => {
  try {
    const asked = await askedOf(call, context);
    const answer = await answered(asked, context);
    if (answer.stdout !== undefined) context.output.json(JSON.stringify(answer.stdout));
    if (answer.stderr !== undefined) context.output.note(answer.stderr);
    await reportTold(asked, answer.told); // only now: what was not said must not be claimed
    return answer.exitCode;
  } catch (error) {
    if (!(error instanceof WaggleError)) throw error;
    context.output.json('{}');
    printError(error, context.output, false);
    return 1;
  }
};

async function askedOf(call: Call, context: Context): Promise<HookCall> {
  const { clock, cwd, dir, stop } = context;
  return {
    client: call.arg(0) as HookClient, // one of the choices: the parser refused others
    event: call.arg(1),
    agent: speakingAgent(call, context),
    payload: await context.readStdin(),
    dir,
    cwd,
    clock,
    stop,
    boundary: () => randomHex(8),
  };
}

async function answered(asked: HookCall, { env }: Context): Promise<HookAnswer> {
  if (asked.client !== 'claude' || asked.event !== 'wait') return answerHook(asked);
  // A run without a person (claude -p, the agent SDK) waits for its background hooks before it ends: it must not wait for us.
  if (env['CLAUDE_CODE_ENTRYPOINT']?.startsWith('sdk') === true) return silent;
  const { waitForMail } = await import('../../hooks/wait-for-mail.ts');
  return waitForMail(asked, () => process.ppid);
}
