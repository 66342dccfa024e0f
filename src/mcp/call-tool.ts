import type { CallToolResult } from '@modelcontextprotocol/server';
import { invalidInput, toWaggleError } from '../errors.ts';
import type { AgentSession, Tool, ToolAnswer, ToolArguments } from './tool.ts';

/**
 * Runs one call of a model. What fails is answered, never thrown: `isError` with `{"error":{code,message,details,retry}}`,
 * so that the model can branch on the code. Any answer says when urgent mail waits.
 */
export async function callTool(
  tools: readonly Tool[],
  session: AgentSession,
  name: string,
  args: ToolArguments,
  signal: AbortSignal,
): Promise<CallToolResult> {
  // The agent itself was heard of; that is worth noting, and no reason to fail.
  void session.call('agent.heartbeat', { id: session.agent }).catch(() => {});
  try {
    const tool = tools.find((one) => one.name === name);
    if (tool === undefined)
      throw invalidInput('name', name, `is not a tool; there are ${tools.map((one) => one.name).join(', ')}`);
    requireKnown(tool, args);
    const answer = await tool.run(session, args, signal);
    return result(name === 'check_inbox' ? answer : { ...answer, ...(await urgentMail(session)) });
  } catch (error) {
    return { isError: true, ...result({ error: toWaggleError(error).toDocument() }) };
  }
}

/** The same twice, as the protocol wants it: clients take one or the other. */
function result(answer: ToolAnswer): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(answer) }], structuredContent: { ...answer } };
}

/** A misspelt argument would be a wish silently not met. */
function requireKnown({ input, name }: Tool, args: ToolArguments): void {
  const known = Object.keys(input.properties);
  const stranger = Object.keys(args).find((argument) => !known.includes(argument));
  if (stranger !== undefined)
    throw invalidInput(stranger, args[stranger], `is not an argument of ${name}; there are ${known.join(', ')}`);
  const missing = (input.required ?? []).find((argument) => args[argument] === undefined);
  if (missing !== undefined) throw invalidInput(missing, args[missing], `is required by ${name}`);
}

/** A word to the model when the most urgent message that waits is that urgent. */
async function urgentMail({ agent, call }: AgentSession): Promise<ToolAnswer> {
  const waiting = await call('message.peek', { inbox: agent, limit: 1 }).catch(() => undefined);
  const [first] = waiting?.messages ?? [];
  return first?.priority === 'urgent' ? { urgentMail: 'urgent mail waits: call check_inbox now' } : {};
}
