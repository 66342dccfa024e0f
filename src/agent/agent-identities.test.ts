import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defaultLimits } from '../message/limits.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { tempFolder } from '../testing/temp-hub.ts';
import { AgentIdentities } from './agent-identities.ts';
import { claimedAgent, newTokenText } from './token-text.ts';

async function arrange(inFolder = true) {
  const clock = new ManualClock();
  const temporary = tempFolder();
  const store = openMemoryStore({ clock, random: () => 0, limits: defaultLimits, backoff: { minMs: 1, maxMs: 2 } });
  await store.agents.add({ id: 'ada', skills: [] });
  const folder = inFolder ? temporary.path : undefined;
  const identities = new AgentIdentities({ store, clock, folder });
  return { clock, store, identities, [Symbol.dispose]: () => temporary[Symbol.dispose]() };
}

test('of two mints at once one token stands: the one in the file', async () => {
  using at = await arrange();
  const [first, second] = await Promise.all([at.identities.mintFor('ada'), at.identities.mintFor('ada')]);
  expect([first.incarnation, second.incarnation]).toEqual([1, 2]);
  expect(at.identities.authenticate(readFileSync(second.file, 'utf8').trim())).toMatchObject({ incarnation: 2 });
});

test('answers of the store that come out of their order do not bring a former token back', async () => {
  using at = await arrange();
  const mint = at.store.tokens.mint.bind(at.store.tokens);
  let letFirstGo = () => {};
  const held = new Promise<void>((resolve) => (letFirstGo = resolve));
  let calls = 0;
  at.store.tokens.mint = async (request) => {
    calls += 1;
    const isFirst = calls === 1;
    const token = await mint(request);
    if (isFirst) await held;
    return token;
  };
  const slow = at.identities.mintFor('ada');
  const quick = await at.identities.mintFor('ada');
  const text = readFileSync(quick.file, 'utf8');
  letFirstGo();
  await expect(slow).rejects.toMatchObject({ code: 'illegal_transition' });
  expect(readFileSync(quick.file, 'utf8')).toBe(text);
  expect(at.identities.tokenOf('ada')).toMatchObject({ incarnation: 2 });
});

test('a life of a program gets the role of the token before it, and none where there is no place for one', async () => {
  using at = await arrange();
  const first = await at.identities.environmentOf('ada');
  expect(at.identities.tokenOf('ada')).toMatchObject({ role: 'agent', incarnation: 1 });
  await at.identities.mintFor('ada', { role: 'lead', expiresInMs: 1_000 });
  expect(await at.identities.environmentOf('ada')).toEqual(first);
  expect(at.identities.tokenOf('ada')).toMatchObject({ role: 'lead', incarnation: 3 });
  using nowhere = await arrange(false);
  expect(await nowhere.identities.environmentOf('ada')).toEqual({});
  await expect(nowhere.identities.mintFor('ada')).rejects.toMatchObject({ code: 'not_supported' });
  await expect(nowhere.identities.revoke('ada')).rejects.toMatchObject({ code: 'not_found' });
  nowhere.identities.forget('ada');
});

test('what is refused leaves the token as it was', async () => {
  using at = await arrange();
  const { file } = await at.identities.mintFor('ada');
  await expect(at.identities.mintFor('ada', { expiresInMs: 0 })).rejects.toMatchObject({ code: 'invalid_input' });
  await expect(at.identities.mintFor('nobody')).rejects.toMatchObject({ code: 'not_found' });
  expect(at.identities.authenticate(readFileSync(file, 'utf8').trim())).toMatchObject({ agent: 'ada', incarnation: 1 });
});

test('an incarnation that is over is told so at once, and the file goes with the agent', async () => {
  using at = await arrange();
  const { file, ...identity } = await at.identities.mintFor('ada', { expiresInMs: 1_000 });
  const ended = at.identities.endOf(identity);
  expect([ended.aborted, at.identities.isLive(identity)]).toEqual([false, true]);
  at.clock.advance(1_000);
  expect([at.identities.isLive(identity), at.identities.tokenOf('ada')]).toEqual([false, undefined]);
  at.identities.forget('ada');
  expect([ended.aborted, existsSync(file)]).toEqual([true, false]);
  expect(at.identities.endOf(identity).aborted).toBe(true);
});

test.each(['ada', 'a_b', 'a-b.c_', `a${'x'.repeat(63)}`])('a token says whose it claims to be: %s', (agent) => {
  for (let n = 0; n < 50; n += 1) expect(claimedAgent(newTokenText(agent))).toBe(agent);
  const text = newTokenText(agent);
  for (const damaged of [text.slice(1), text.slice(0, -1), `${text}=`]) expect(claimedAgent(damaged)).not.toBe(agent);
});
