import { expect, test } from 'vitest';
import { actions, grantOf, type Relation, type Role, relations, roles, rolesAllowed } from './policy.ts';

/**
 * The same table written out a second time, by hand, a line an action: the cells of own · group · other · swarm for
 * agent, lead, supervisor and observer. `-` is no. The operator's column is not written: it is yes.
 */
const written = `
                      agent            lead                    supervisor               observer
inbox.work            yes - - -        yes - - -               - - - -                  - - - -
message.read          yes - - -        yes audited - -         - - - -                  metadata metadata metadata metadata
message.search        yes - - -        yes audited - -         - - - -                  - - - -
message.send          yes yes yes -    yes yes leads -         notices notices notices - - - - -
message.cancel        yes - - -        yes - - -               - - - -                  - - - -
queue.read            yes yes yes yes  yes yes yes yes         yes yes yes yes          yes yes yes yes
queue.verify          - - - -          - - - -                 - - - -                  - - - -
queue.control         - - - -          - - - -                 - - - -                  - - - -
quarantine.read       - - - -          - - - -                 - - - -                  metadata metadata metadata metadata
quarantine.control    - - - -          - - - -                 - - - -                  - - - -
recovery.import       - - - -          - - - -                 - - - -                  - - - -
agent.read            yes yes yes yes  yes yes yes yes         yes yes yes yes          yes yes yes yes
agent.report          yes - - -        yes - - -               - - - -                  - - - -
agent.register        - - - -          - - - -                 - - - -                  - - - -
agent.interrupt       - - - -          - budget - -            budget budget budget -   - - - -
agent.restart         graceful - - -   graceful request - -    budget budget budget -   - - - -
agent.logs            yes - - -        yes audited - -         - - - -                  - - - -
agent.run             - - - -          - - - -                 - - - -                  - - - -
token.control         - - - -          - - - -                 - - - -                  - - - -
context.read          yes - - yes      yes audited - yes       - - - -                  - - - -
context.list          - - - yes        - - - yes               - - - yes                - - - yes
context.write         yes - - listed   yes yes - listed        - - - -                  - - - -
work.read             yes yes yes yes  yes yes yes yes         yes yes yes yes          yes yes yes yes
work.report           yes - - -        yes - - -               - - - -                  - - - -
work.plan             yes - - -        yes yes - -             - - - -                  - - - -
work.hand-off         held - - -       held yes - -            crashed crashed crashed - - - - -
outbox.control        - - - -          - - - -                 - - - -                  - - - -
delivery.read         yes - - -        yes yes - -             yes yes yes yes          yes yes yes yes
delivery.report       yes - - -        yes - - -               - - - -                  - - - -
delivery.control      - - - -          - - - -                 - - - -                  - - - -
work.take             yes - - -        yes - - -               - - - -                  - - - -
events.read           yes - - -        yes - - -               yes yes yes yes          yes yes yes yes
hub.read              - - - yes        - - - yes               - - - yes                - - - yes
alert.acknowledge     - - - -          - - - yes               - - - yes                - - - -
alert.control         - - - -          - - - -                 - - - -                  - - - -
hub.control           - - - -          - - - -                 - - - -                  - - - -
stress.control        - - - -          - - - -                 - - - -                  - - - -
stress.read           - - - -          - - - -                 - - - -                  - - - -
audit.read            - - - -          - - - -                 - - - -                  - - - -
`;

const columns = ['agent', 'lead', 'supervisor', 'observer'] as const;
const expected = new Map(
  written
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [action = '', ...cells] = line.trim().split(/\s+/);
      return [action, cells.map((cell) => (cell === '-' ? 'no' : cell))] as const;
    }),
);

test('both tables know the same actions, each with every cell', () => {
  expect([...expected.keys()].sort()).toEqual([...actions].sort());
  for (const [action, cells] of expected) expect(cells, action).toHaveLength(columns.length * relations.length);
});

test(`all ${roles.length * actions.length * relations.length} cells agree with the table written by hand`, () => {
  const wrong: string[] = [];
  for (const role of roles) {
    for (const action of actions) {
      for (const [at, relation] of relations.entries()) {
        const column = columns.findIndex((name) => name === role);
        const wanted = role === 'operator' ? 'yes' : expected.get(action)?.[column * relations.length + at];
        const found = grantOf(role, action, relation);
        if (found !== wanted) wrong.push(`${role} ${action} ${relation}: ${found}, written ${String(wanted)}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('what is not in the table is refused, for the operator as well', () => {
  const none = 'hub.dance' as (typeof actions)[number]; // as a caller without types could ask
  for (const role of roles) expect(grantOf(role, none, 'own')).toBe('no');
  for (const inherited of ['toString', 'constructor', '__proto__'])
    expect(grantOf('operator', inherited as typeof none, 'own')).toBe('no');
  expect(grantOf('king' as Role, 'queue.read', 'own')).toBe('no');
  expect(grantOf('agent', 'queue.read', 'enemy' as Relation)).toBe('no');
});

test('a refusal can say whose token would do', () => {
  expect(rolesAllowed('token.control', 'other')).toEqual(['operator']);
  expect(rolesAllowed('message.read', 'group')).toEqual(['operator', 'lead', 'observer']);
});
