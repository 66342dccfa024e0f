import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InputOf, OperationName, WireAuditEntry } from '../hub/api.ts';
import { operator } from '../hub/operation.ts';
import { type Door, doors, mintToken, startTeam, type TempHub } from '../testing/agent-doors.ts';
import { ManualClock } from '../testing/manual-clock.ts';

describe.each(doors)('pretending to be somebody else over %s', (_name, open) => {
  const clock = new ManualClock();
  let hub: TempHub;
  let others = 0;
  beforeAll(async () => {
    hub = await startTeam({ clock });
  });
  afterAll(() => hub[Symbol.asyncDispose]());
  const asOperator = <N extends OperationName>(name: N, input: InputOf<N>) =>
    hub.hub.call(name, input, { caller: operator });

  /** An attempt of an agent nobody has seen before is refused, changes nothing, and leaves a row in the audit log. */
  const refused = async (
    attempt: (mallory: string, door: Door) => ReturnType<Door>,
    code: 'forbidden' | 'unauthorized',
    row: Partial<WireAuditEntry> = {},
  ) => {
    others += 1;
    const mallory = `mallory-${others}`;
    await asOperator('agent.add', { id: mallory, team: 'red' });
    const { accepted } = await asOperator('queue.stats', {});
    const outcome = await attempt(mallory, open(hub));
    expect(outcome).toEqual({ status: code === 'forbidden' ? 403 : 401, code });
    const latest = async () => (await asOperator('audit.list', { outcome: 'refused', limit: 1 })).entries;
    const wanted =
      code === 'forbidden' ? { actor: mallory, role: 'agent', incarnation: 1 } : { action: 'authenticate' };
    await expect.poll(latest).toMatchObject([{ ...wanted, outcome: 'refused', count: 1, detail: code, ...row }]);
    return { accepted };
  };
  const nothingSent = async ({ accepted }: { accepted: number }) =>
    expect((await asOperator('queue.stats', {})).accepted).toBe(accepted);

  test('a send in the name of another', async () => {
    const before = await refused(
      async (mallory, door) =>
        door(await mintToken(hub, mallory), 'message.send', { to: 'cy', body: 'hi', from: 'ada' }),
      'forbidden',
      { action: 'message.send', subject: 'ada' },
    );
    await nothingSent(before);
  });

  test('a send in the name of the operator', () =>
    refused(
      async (mallory, door) =>
        door(await mintToken(hub, mallory), 'message.send', { to: 'cy', body: 'hi', from: 'operator' }),
      'forbidden',
    ));

  test('one forged name in a batch, and nothing of the batch is stored', async () => {
    const messages = [
      { to: 'cy', body: 'honest' },
      { to: 'cy', body: 'forged', from: 'ada' },
    ];
    const before = await refused(
      async (mallory, door) => door(await mintToken(hub, mallory), 'message.sendMany', { messages }),
      'forbidden',
      { action: 'message.sendMany', subject: 'ada' },
    );
    await nothingSent(before);
  });

  test('a context written in the name of another', () =>
    refused(
      async (mallory, door) =>
        door(await mintToken(hub, mallory), 'context.set', {
          namespace: mallory,
          value: {},
          ifVersion: 0,
          from: 'ada',
        }),
      'forbidden',
    ));

  test('a lease from another inbox', () =>
    refused(
      async (mallory, door) => door(await mintToken(hub, mallory), 'message.lease', { inbox: 'cy' }),
      'forbidden',
      {
        action: 'message.lease',
        subject: 'cy',
      },
    ));

  test('an ack with the right generation of a message another holds', async () => {
    const { id } = await asOperator('message.send', { to: 'cy', body: 'hi' });
    const { messages } = await asOperator('message.lease', { inbox: 'cy' });
    const gen = messages[0]?.gen ?? 0;
    for (const name of ['message.ack', 'message.nack', 'message.extend'] as const) {
      await refused(async (mallory, door) => door(await mintToken(hub, mallory), name, { id, gen }), 'forbidden', {
        action: name,
        subject: 'cy',
      });
    }
    expect(await asOperator('message.ack', { id, gen })).toEqual({ state: 'acked' });
  });

  test('withdrawing what another sent', () =>
    refused(async (mallory, door) => {
      const { id } = await asOperator('message.send', { to: mallory, body: 'hi', from: 'cy' });
      return door(await mintToken(hub, mallory), 'message.cancel', { id });
    }, 'forbidden'));

  test('reading a message between two others', () =>
    refused(async (mallory, door) => {
      const { id } = await asOperator('message.send', { to: 'ada', body: 'hi', from: 'cy' });
      return door(await mintToken(hub, mallory), 'message.get', { id });
    }, 'forbidden'));

  test('reporting for another', () =>
    refused(
      async (mallory, door) => door(await mintToken(hub, mallory), 'agent.report', { id: 'ada', state: 'stalled' }),
      'forbidden',
    ));

  test('minting oneself a token', () =>
    refused(
      async (mallory, door) => door(await mintToken(hub, mallory, { role: 'lead' }), 'agent.token', { id: mallory }),
      'forbidden',
      { role: 'lead' },
    ));

  test('registering over an agent', () =>
    refused(async (mallory, door) => door(await mintToken(hub, mallory), 'agent.add', { id: 'ada' }), 'forbidden'));

  test('an observer searching for what is in bodies', () =>
    refused(
      async (mallory, door) =>
        door(await mintToken(hub, mallory, { role: 'observer' }), 'message.search', { text: 'secret' }),
      'forbidden',
      { role: 'observer' },
    ));

  test('the token of a former incarnation', () =>
    refused(
      async (mallory, door) => {
        const former = await mintToken(hub, mallory);
        await mintToken(hub, mallory);
        return door(former, 'message.lease', { inbox: mallory });
      },
      'unauthorized',
      { subject: expect.stringMatching(/^mallory-/) },
    ));

  test('a revoked token', () =>
    refused(async (mallory, door) => {
      const token = await mintToken(hub, mallory);
      await asOperator('agent.revoke', { id: mallory });
      return door(token, 'message.lease', { inbox: mallory });
    }, 'unauthorized'));

  test('an expired token, at the millisecond at which it ends', () =>
    refused(async (mallory, door) => {
      const token = await mintToken(hub, mallory, { expiresInMs: 60_000 });
      clock.advance(59_999);
      expect(await door(token, 'queue.stats', {})).toHaveProperty('result');
      clock.advance(1);
      return door(token, 'queue.stats', {});
    }, 'unauthorized'));

  test('the token of an agent that was removed, also when one of its id is back', async () => {
    await refused(async (mallory, door) => {
      const token = await mintToken(hub, mallory);
      await asOperator('agent.remove', { id: mallory, cancelOpen: true });
      const gone = await door(token, 'queue.stats', {});
      await asOperator('agent.add', { id: mallory });
      await mintToken(hub, mallory);
      expect(await door(token, 'queue.stats', {})).toEqual(gone);
      return gone;
    }, 'unauthorized');
  });

  test('one’s own secret under the id of another, and a secret with one letter changed', async () => {
    clock.advance(60_000);
    const token = await mintToken(hub, 'bob');
    await mintToken(hub, 'ada');
    const changed = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    for (const forged of [token.replace('wag_bob', 'wag_ada'), changed, `${token}A`, 'wag_bob_', 'wag_bob', '']) {
      expect(await open(hub)(forged, 'queue.stats', {}), forged).toEqual({ status: 401, code: 'unauthorized' });
    }
  });

  test('the token another’s file holds speaks as whose it is, not as whose file it lies in', async () => {
    await mintToken(hub, 'ada');
    const token = await mintToken(hub, 'bob');
    const sent = await open(hub)(token, 'message.send', { to: 'cy', body: 'by bob', threadId: 'whose' });
    expect(sent).toHaveProperty('result');
    const { messages } = await asOperator('message.thread', { threadId: 'whose' });
    expect(messages).toMatchObject([{ from: 'bob', bodyText: 'by bob' }]);
    expect(messages[0]).not.toHaveProperty('via');
    expect(await open(hub)(token, 'message.send', { to: 'cy', body: 'hi', from: 'ada' })).toMatchObject({
      code: 'forbidden',
    });
  });
});
