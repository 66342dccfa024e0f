import { contracts, type Mutant, mutant, store } from '../mutant.ts';

const policy = ['src/agent/policy.test.ts'];
const spoofing = ['src/http/spoofing.test.ts'];
const tokens = ['src/http/agent-tokens.test.ts'];
const access = ['src/http/access.test.ts'];
const trail = ['src/audit/audit-trail.test.ts'];
const identities = 'src/agent/agent-identities.ts';
const call = 'src/hub/call-as-agent.ts';

export const permitting: readonly Mutant[] = [
  mutant(
    'what the table does not say is allowed',
    'S5',
    ['src/agent/policy.ts', `return rule[role]?.[relation] ?? 'no';`, `return rule[role]?.[relation] ?? 'yes';`],
    [...policy, ...access],
  ),
  mutant(
    'an agent works on every inbox',
    'S5',
    [
      'src/agent/policy.ts',
      `what: 'lease from an inbox and settle', agent: { own: 'yes' }`,
      `what: 'lease from an inbox and settle', agent: everywhere`,
    ],
    [...policy, ...spoofing],
  ),
  mutant(
    'an agent mints tokens',
    'S5',
    [
      'src/agent/policy.ts',
      `{ what: 'mint or revoke tokens' }`,
      `{ what: 'mint or revoke tokens', agent: everywhere }`,
    ],
    policy,
  ),
  mutant(
    'an observer reads bodies',
    'S5',
    [call, 'return permit.withoutBodies ? withoutBodies(output) : output;', 'return output;'],
    access,
  ),
  mutant(
    'a condition nobody answers for is taken as kept',
    'S5',
    [
      'src/hub/authorise.ts',
      'access.meets?.(grant, input, subject, look) === true',
      'access.meets?.(grant, input, subject, look) !== false',
    ],
    access,
  ),
  mutant(
    'only the first of those a call touches is looked at',
    'S5',
    [
      'src/hub/authorise.ts',
      'of subjects.length === 0 ? [undefined] : subjects',
      'of subjects.length === 0 ? [undefined] : subjects.slice(0, 1)',
    ],
    access,
  ),
  mutant(
    'an agent speaks under another name',
    'S5',
    ['src/hub/authorise.ts', 'if (name === agent) return;', `if (name !== '') return;`],
    spoofing,
  ),
  mutant(
    'a search finds everybody’s mail',
    'S5',
    [`${store}/search-messages.ts`, `'AND (m.inbox = ? OR m.sender = ?)'`, `'AND (m.inbox = ? OR m.sender <> ?)'`],
    access,
  ),
  mutant(
    'the secret of a token is not compared',
    'S5',
    [
      identities,
      'if (token === undefined || !isRight || this.#isOver(token)) return undefined;',
      'if (token === undefined || this.#isOver(token)) return undefined;',
    ],
    spoofing,
  ),
  mutant(
    'a token does not expire',
    'S5',
    [
      identities,
      'return expiresAt !== undefined && expiresAt <= this.#options.clock.now();',
      'return expiresAt !== undefined && expiresAt < 0;',
    ],
    spoofing,
  ),
  mutant(
    'a former incarnation goes on on its connection',
    'S5',
    [
      call,
      'if (!isLive(hub, caller)) throw overdue(caller);',
      'if (caller.agent === undefined) throw overdue(caller);',
    ],
    tokens,
  ),
  mutant(
    'mail leased for a former incarnation is handed to it',
    'S5',
    [call, 'if (operation.takeBack !== undefined && !isLive(hub, caller)) {', 'if (caller.agent === undefined) {'],
    tokens,
  ),
  mutant(
    'a revoked token is live again after a restart',
    'S5',
    [identities, 'if (token.revokedAt === undefined) this.#live.set(', 'this.#live.set('],
    tokens,
  ),
  mutant(
    'the token of a removed agent lives on',
    'S5',
    [`${store}/agent-rows.ts`, '    endToken(core, id);\n', ''],
    [contracts],
  ),
  mutant(
    'others may read a token file',
    'S5',
    ['src/agent/token-file.ts', 'openSync(draft, flags, 0o600)', 'openSync(draft, flags, 0o644)'],
    tokens,
  ),
  mutant(
    'a restored backup revives tokens',
    'S5',
    [
      `${store}/restored-copy.ts`,
      'for (const { agent } of listTokens(core)) endToken(core, agent);',
      'for (const { agent } of listTokens(core)) endToken(core, `not ${agent}`);',
    ],
    ['src/cli/commands/backup.test.ts'],
  ),
  // The audit log
  mutant(
    'a row does not cover the row before it',
    'S6',
    ['src/audit/audit-entry.ts', 'const facts = [previous, seq,', `const facts = [previous.slice(64), seq,`],
    trail,
  ),
  mutant(
    'a row’s outcome is not covered',
    'S6',
    ['src/audit/audit-entry.ts', 'action, subject, outcome, count, detail];', 'action, subject, count, detail];'],
    trail,
  ),
  mutant(
    'an end that was cut off is not seen',
    'S6',
    ['src/audit/verify-audit.ts', 'if (beyond > previous.seq) {', 'if (beyond < 0) {'],
    trail,
  ),
  mutant(
    'the last word of the hub’s log counts',
    'S6',
    ['src/audit/log-witness.ts', 'if (seq !== undefined && !hashes.has(Number(seq)))', 'if (seq !== undefined)'],
    trail,
  ),
  mutant(
    'being refused fills the log',
    'S6',
    ['src/audit/audit-trail.ts', 'if (window.seen.size < rowsPerMinute) {', 'if (rowsPerMinute > 0) {'],
    trail,
  ),
  mutant(
    'a refusal leaves no row',
    'S6',
    [
      call,
      'await hub.audit.count(caller.agent ?? caller.role, facts).catch(hub.onFailure);',
      'await Promise.resolve(facts);',
    ],
    spoofing,
  ),
  mutant(
    'who sends too much is not noted',
    'S6',
    [call, `'unauthorized', 'rate_limited', 'loop_stopped']`, `'unauthorized']`],
    ['src/http/rogue-sender.test.ts'],
  ),
  mutant(
    'a control leaves no row',
    'S6',
    [
      'src/hub/operation.ts',
      'if (operation.access.isControl === true) return callControl(operation, hub, input, context);',
      '',
    ],
    ['src/http/audit.test.ts'],
  ),
];
