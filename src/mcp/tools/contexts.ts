import { isShared } from '../../context/context.ts';
import { frameUntrusted } from '../../untrusted-text.ts';
import { defaults, given, type Tool } from '../tool.ts';

export const getContext: Tool = {
  name: 'get_context',
  description:
    'Your notes that outlive this conversation, with their version. With brief_tokens instead: everything you must know to go on (missions, mail, notes), e.g. after compaction.',
  input: {
    type: 'object',
    properties: {
      namespace: { type: 'string', description: 'default yours; shared or shared:TOPIC; another agent id' },
      brief_tokens: { type: 'integer' },
    },
  },
  readOnly: true,
  async run({ agent, call, boundary }, args, signal) {
    if (args['brief_tokens'] !== undefined) {
      // Unjudged, as `given` says.
      const tokens = args['brief_tokens'] as number;
      const { text, leftOut } = await call('context.brief', { agent, tokens }, signal);
      return { brief: text, leftOut };
    }
    const context = await call(
      'context.get',
      { ...given<'context.get'>(args, ['namespace']), ...defaults(args, { namespace: agent }) },
      signal,
    );
    if (context.namespace === agent) return { ...context };
    const whose = isShared(context.namespace) ? context.namespace : `${context.namespace}'s notes`;
    return { ...context, value: frameUntrusted(JSON.stringify(context.value), boundary(), whose) };
  },
};

export const updateContext: Tool = {
  name: 'update_context',
  description:
    'Note what must not be forgotten: decisions, open questions, next steps. A JSON merge patch of your notes; null removes a member. Never secrets.',
  input: {
    type: 'object',
    properties: {
      patch: { type: 'object' },
      namespace: { type: 'string', description: 'default yours; shared or shared:TOPIC' },
      ifVersion: { type: 'integer', description: 'only if still at this version' },
      reason: { type: 'string' },
    },
    required: ['patch'],
  },
  async run({ agent, call }, args, signal) {
    const change = given<'context.patch'>(args, ['patch', 'namespace', 'ifVersion', 'reason']);
    const write = { ...change, ...defaults(args, { namespace: agent, ifVersion: 'any' as const }), from: agent };
    const receipt = await call('context.patch', write, signal);
    const { namespace, version, redacted } = receipt;
    return { namespace, version, ...(redacted.length === 0 ? {} : { redacted }) };
  },
};
