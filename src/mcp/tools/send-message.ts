import { given, type Tool } from '../tool.ts';

export const sendMessage: Tool = {
  name: 'send_message',
  description:
    'Send a message to another agent, role:NAME, skill:NAME or all. It is stored durably before this returns; a reply comes to your inbox.',
  input: {
    type: 'object',
    properties: {
      to: { type: 'string', description: 'agent id, role:NAME, skill:NAME or all' },
      body: { description: 'text, or a JSON value' },
      subject: { type: 'string' },
      priority: { enum: ['urgent', 'high', 'normal', 'low'] },
      replyTo: { type: 'string', description: 'id of the message this answers' },
      threadId: { type: 'string' },
      idempotencyKey: { type: 'string', description: 'the same key again sends nothing twice' },
    },
    required: ['to', 'body'],
  },
  output: {
    type: 'object',
    properties: { id: { type: 'string' }, state: { type: 'string' }, duplicate: { type: 'boolean' } },
  },
  async run({ agent, call }, args, signal) {
    const names = ['to', 'body', 'subject', 'priority', 'replyTo', 'threadId', 'idempotencyKey'] as const;
    const sent = await call('message.send', { ...given<'message.send'>(args, names), from: agent }, signal);
    return { ...sent };
  },
};
