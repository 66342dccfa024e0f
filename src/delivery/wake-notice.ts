import type { Message } from '../message/message.ts';
import { frameUntrusted } from '../untrusted-text.ts';

/** Longest text of one message that goes into a prompt; the rest is read from the inbox. */
const mostChars = 8_192;
const mostSenders = 5;

/**
 * What a push door says: how many messages wait and from whom, never what is in them. Ids of agents are safe to print
 * anywhere (`ids.ts`), so nothing of a peer's choosing is in it.
 */
export function wakeNotice(agent: string, messages: readonly Message[]): string {
  const senders = [...new Set(messages.map(({ from }) => from))];
  const named = senders.slice(0, mostSenders).join(', ');
  const more = senders.length > mostSenders ? ` and ${senders.length - mostSenders} more` : '';
  const urgent = messages.filter(({ priority }) => priority === 'urgent').length;
  const count = messages.length === 1 ? '1 message waits' : `${messages.length} messages wait`;
  const pressing = urgent === 0 ? '' : ` (${urgent} urgent)`;
  return `Waggle: ${count} for you${pressing}, from ${named}${more}. Read with the check_inbox tool, or: waggle inbox ${agent} --lease ${Math.min(messages.length, 20)}. Settle each with ack_message or: waggle ack ID --gen G.`;
}

/** The messages themselves, for readers that have no inbox to look into: each framed as data under a boundary of its own. */
export function framedMessages(messages: readonly Message[], newBoundary: () => string): string {
  return messages
    .map((message) => {
      const { id, from, priority, subject, body } = message;
      const cut =
        body.length > mostChars ? `${body.slice(0, mostChars)}\n… cut here; all of it: waggle message ${id}` : body;
      const text = subject === undefined ? cut : `Subject: ${subject}\n\n${cut}`;
      return frameUntrusted(text, newBoundary(), `${priority} message ${id} from ${from}`);
    })
    .join('\n\n');
}
