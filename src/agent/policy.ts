/**
 * Who may do what, as data: the table of docs/security.md. What is not written here is refused. A second, written-out
 * table in the test beside it must agree in every cell, so a change here is always a change of two minds.
 */
export const roles = ['operator', 'supervisor', 'lead', 'agent', 'observer'] as const;
export type Role = (typeof roles)[number];
/** Roles a token can carry; the operator's authority is the file `.waggle/token` and is never minted. */
export type TokenRole = Exclude<Role, 'operator'>;
export const tokenRoles = ['agent', 'lead', 'observer', 'supervisor'] as const satisfies readonly TokenRole[];

/** What a caller is to the agent it touches: itself, of its team, any other; or it touches the swarm as a whole. */
export const relations = ['own', 'group', 'other', 'swarm'] as const;
export type Relation = (typeof relations)[number];

/** A permission with strings attached. An operation that does not know how to keep to one refuses it. */
export type Condition =
  /** A row in the audit log tells of it. */
  | 'audited'
  /** Everything but the bodies of messages. */
  | 'metadata'
  /** To agents whose own token is a lead's. */
  | 'leads'
  /** Only messages of kind `notice`. */
  | 'notices'
  /** Only by agents the configuration lists. */
  | 'listed'
  /** Only by asking it to end by itself. */
  | 'graceful'
  /** Only as a request that a supervisor decides. */
  | 'request'
  /** Only within the budget of such actions. */
  | 'budget'
  /** Only for work it holds itself. */
  | 'held'
  /** Only after its owner crashed. */
  | 'crashed';

export type Grant = 'no' | 'yes' | Condition;
type Row = Partial<Readonly<Record<Relation, Grant>>>;
type Rule = { readonly what: string } & Partial<Readonly<Record<TokenRole, Row>>>;

const everywhere = { own: 'yes', group: 'yes', other: 'yes', swarm: 'yes' } as const satisfies Row;

const rules = {
  'inbox.work': { what: 'lease from an inbox and settle', agent: { own: 'yes' }, lead: { own: 'yes' } },
  'message.read': {
    what: 'read messages',
    agent: { own: 'yes' },
    lead: { own: 'yes', group: 'audited' },
    observer: { own: 'metadata', group: 'metadata', other: 'metadata', swarm: 'metadata' },
  },
  // A search tells about bodies even when it shows none, so there is no observer's share of it.
  'message.search': { what: 'search messages', agent: { own: 'yes' }, lead: { own: 'yes', group: 'audited' } },
  'message.send': {
    what: 'send',
    agent: { own: 'yes', group: 'yes', other: 'yes' },
    lead: { own: 'yes', group: 'yes', other: 'leads' },
    supervisor: { own: 'notices', group: 'notices', other: 'notices' },
  },
  'message.cancel': { what: 'withdraw what was sent', agent: { own: 'yes' }, lead: { own: 'yes' } },
  'queue.read': {
    what: 'see counts',
    agent: everywhere,
    lead: everywhere,
    supervisor: everywhere,
    observer: everywhere,
  },
  'queue.verify': { what: 'check the whole store' },
  'queue.control': { what: 'redrive, purge or prune' },
  'quarantine.read': {
    what: 'see recovered entries that are kept aside',
    observer: { own: 'metadata', group: 'metadata', other: 'metadata', swarm: 'metadata' },
  },
  'quarantine.control': { what: 'release or purge recovered entries' },
  'recovery.import': { what: 'import recovered entries' },
  'agent.read': {
    what: 'see who is registered',
    agent: everywhere,
    lead: everywhere,
    supervisor: everywhere,
    observer: everywhere,
  },
  'agent.report': { what: 'report its own state', agent: { own: 'yes' }, lead: { own: 'yes' } },
  'agent.register': { what: 'register or remove agents' },
  'agent.interrupt': {
    what: 'interrupt or nudge',
    lead: { group: 'budget' },
    supervisor: { own: 'budget', group: 'budget', other: 'budget' },
  },
  'agent.restart': {
    what: 'restart or end',
    agent: { own: 'graceful' },
    lead: { own: 'graceful', group: 'request' },
    supervisor: { own: 'budget', group: 'budget', other: 'budget' },
  },
  'agent.logs': {
    what: "read what an agent's program prints",
    agent: { own: 'yes' },
    lead: { own: 'yes', group: 'audited' },
  },
  'agent.run': { what: 'run a program as an agent' },
  'token.control': { what: 'mint or revoke tokens' },
  'context.read': {
    what: 'read contexts',
    agent: { own: 'yes', swarm: 'yes' },
    lead: { own: 'yes', group: 'audited', swarm: 'yes' },
  },
  'context.list': {
    what: 'see which contexts there are',
    agent: { swarm: 'yes' },
    lead: { swarm: 'yes' },
    supervisor: { swarm: 'yes' },
    observer: { swarm: 'yes' },
  },
  'context.write': {
    what: 'write contexts',
    agent: { own: 'yes', swarm: 'listed' },
    lead: { own: 'yes', group: 'yes', swarm: 'listed' },
  },
  'work.read': {
    what: 'see missions and their progress',
    agent: everywhere,
    lead: everywhere,
    supervisor: everywhere,
    observer: everywhere,
  },
  'work.report': { what: 'report progress', agent: { own: 'yes' }, lead: { own: 'yes' } },
  'work.plan': { what: 'add or drop missions', agent: { own: 'yes' }, lead: { own: 'yes', group: 'yes' } },
  'work.hand-off': {
    what: 'hand work on',
    agent: { own: 'held' },
    lead: { own: 'held', group: 'yes' },
    supervisor: { own: 'crashed', group: 'crashed', other: 'crashed' },
  },
  'outbox.control': { what: 'see or change where the hub sends to' },
  'delivery.read': {
    what: 'see how an agent is reached',
    agent: { own: 'yes' },
    lead: { own: 'yes', group: 'yes' },
    supervisor: everywhere,
    observer: everywhere,
  },
  'delivery.report': { what: 'wait for mail and say what reached it', agent: { own: 'yes' }, lead: { own: 'yes' } },
  'delivery.control': { what: 'open or close doors, or deliver once more' },
  'work.take': { what: 'answer an offer of work', agent: { own: 'yes' }, lead: { own: 'yes' } },
  'events.read': {
    what: 'follow events',
    agent: { own: 'yes' },
    lead: { own: 'yes' },
    supervisor: everywhere,
    observer: everywhere,
  },
  'hub.read': {
    what: 'see how the hub is',
    agent: { swarm: 'yes' },
    lead: { swarm: 'yes' },
    supervisor: { swarm: 'yes' },
    observer: { swarm: 'yes' },
  },
  'alert.acknowledge': {
    what: 'acknowledge alerts',
    lead: { swarm: 'yes' },
    supervisor: { swarm: 'yes' },
  },
  'alert.control': { what: 'end or silence alerts, or tell what was found in a file' },
  'hub.control': { what: 'stop the hub' },
  'stress.control': { what: 'run the stress lab' },
  'stress.read': { what: 'see runs of the stress lab' },
  'audit.read': { what: 'read the audit log' },
} as const satisfies Record<string, Rule>;

export type Action = keyof typeof rules;
export const actions = Object.keys(rules) as readonly Action[]; // the keys of the literal above

/** The operator may do everything that is an action at all; everybody else what a cell says, and nothing where none does. */
export function grantOf(role: Role, action: Action, relation: Relation): Grant {
  const rule: Rule | undefined = Object.hasOwn(rules, action) ? rules[action] : undefined;
  if (rule === undefined) return 'no';
  if (role === 'operator') return 'yes';
  return rule[role]?.[relation] ?? 'no';
}

/** The action in words, for a refusal. */
export function describeAction(action: Action): string {
  return rules[action].what;
}

/** Whose token would do, in the order of `roles`; for a refusal that says what to do. */
export function rolesAllowed(action: Action, relation: Relation): readonly Role[] {
  return roles.filter((role) => grantOf(role, action, relation) !== 'no');
}
