import { describe, expect, test } from 'vitest';
import { messageStates } from '../../message/message.ts';
import { listingSpan } from '../../message/message-store.ts';
import { leaseMs, type OpenStore, requestOf, StoreFixture } from './store-fixture.ts';

export function readingContract(open: OpenStore): void {
  describe('threads', () => {
    test('a message without a thread is its own, and replies join it', async () => {
      await using fixture = await StoreFixture.open(open);
      const root = await fixture.send();
      const reply = await fixture.send({ replyTo: root, from: 'ada', inboxes: ['bob'] });
      const second = await fixture.send({ replyTo: reply });
      await fixture.send({ body: 'unrelated' });
      for (const id of [root, reply, second]) expect((await fixture.get(id)).threadId).toBe(root);
      expect((await fixture.messages.thread(root, { limit: 10 })).map(({ id }) => id)).toEqual([root, reply, second]);
    });

    test('a thread that was named wins over that of the parent', async () => {
      await using fixture = await StoreFixture.open(open);
      const parent = await fixture.send({ threadId: 'design' });
      const inherited = await fixture.send({ replyTo: parent });
      const moved = await fixture.send({ replyTo: parent, threadId: 'release' });
      expect((await fixture.messages.thread('design', { limit: 10 })).map(({ id }) => id)).toEqual([parent, inherited]);
      expect((await fixture.messages.thread('release', { limit: 10 })).map(({ id }) => id)).toEqual([moved]);
    });

    test('are read page by page', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.sendAll(['a', 'b', 'c', 'd', 'e'], { threadId: 'long' });
      const first = await fixture.messages.thread('long', { limit: 3 });
      const rest = await fixture.messages.thread('long', { limit: 3, after: first[2]?.id ?? '' });
      expect([...first, ...rest].map(({ body }) => body)).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(await fixture.messages.thread('unheard-of', { limit: 3 })).toEqual([]);
    });
  });

  describe('listing', () => {
    const bodies = (messages: readonly { body: string }[]) => messages.map(({ body }) => body);

    test('begins with the newest message and goes on page by page to the first', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.sendAll(['a', 'b', 'c', 'd', 'e']);
      const first = await fixture.messages.list({ limit: 2 });
      expect(bodies(first.messages)).toEqual(['e', 'd']);
      const second = await fixture.messages.list({ limit: 2, before: first.before ?? '' });
      expect(bodies(second.messages)).toEqual(['c', 'b']);
      const last = await fixture.messages.list({ limit: 2, before: second.before ?? '' });
      expect(last).toMatchObject({ messages: [{ body: 'a' }] });
      expect(last.before).toBeUndefined();
    });

    test('keeps to an inbox, a sender, a state and what a party may see', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ body: 'to ada' });
      await fixture.send({ body: 'to cy', inboxes: ['cy'] });
      await fixture.send({ body: 'from cy', from: 'cy' });
      await fixture.lease(1);
      const listed = async (wanted: object) => bodies((await fixture.messages.list({ limit: 10, ...wanted })).messages);
      expect(await listed({ inbox: 'cy' })).toEqual(['to cy']);
      expect(await listed({ from: 'cy' })).toEqual(['from cy']);
      expect(await listed({ state: 'leased' })).toEqual(['to ada']);
      expect(await listed({ party: 'cy' })).toEqual(['from cy', 'to cy']);
      expect(await listed({ inbox: 'ada', state: 'ready', from: 'cy' })).toEqual(['from cy']);
      expect(await listed({ inbox: 'bob' })).toEqual([]);
    });

    test('looks at so many messages a page, and says where a filter that few pass goes on', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ body: 'the one', inboxes: ['cy'] });
      for (let left = listingSpan; left > 0; left -= 1_000)
        await fixture.messages.accept(Array.from({ length: Math.min(left, 1_000) }, () => requestOf({})));
      const far = await fixture.messages.list({ limit: 5, inbox: 'cy' });
      expect(far.messages).toEqual([]);
      const found = await fixture.messages.list({ limit: 5, inbox: 'cy', before: far.before ?? '' });
      expect(bodies(found.messages)).toEqual(['the one']);
    });
  });

  describe('searching', () => {
    async function found(fixture: StoreFixture, text: string, options: { limit?: number; inbox?: string } = {}) {
      const hits = await fixture.messages.search(text, { limit: 10, ...options });
      return hits.map(({ message }) => message.body);
    }

    test('finds messages that hold all words, in subject or body, newest first', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ subject: 'Deploy', body: 'the parser is broken' });
      await fixture.send({ body: 'deploy the parser' });
      await fixture.send({ body: 'deploy only' });
      await fixture.send({ body: 'parser only' });
      await fixture.messages.indexNext(100);
      expect(await found(fixture, 'PARSER deploy')).toEqual(['deploy the parser', 'the parser is broken']);
      expect(await found(fixture, 'parser', { limit: 2 })).toEqual(['parser only', 'deploy the parser']);
      expect(await found(fixture, 'parse')).toEqual([]);
    });

    test('keeps to one inbox when asked', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ body: 'word for ada' });
      await fixture.send({ body: 'word for cy', inboxes: ['cy'] });
      await fixture.messages.indexNext(100);
      expect(await found(fixture, 'word', { inbox: 'cy' })).toEqual(['word for cy']);
    });

    test.each(['', '   ', '!?-- "', '()*^:'])('finds nothing for %j, which has no words', async (text) => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ body: 'something' });
      await fixture.messages.indexNext(100);
      expect(await found(fixture, text)).toEqual([]);
    });

    test.each([
      ['multi-agent OR', 'a multi agent or two'],
      ['"unbalanced', 'unbalanced quotes'],
      ['NEAR(x y)', 'near x and y'],
      ['body:secret*', 'body secret'],
      ['Größe', 'die GRÖSSE und die größe'],
      ['日本 kilo', '日本 kilo'],
    ])('takes %j as words, never as a query language', async (text, body) => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ body });
      await fixture.messages.indexNext(100);
      expect(await found(fixture, text)).toEqual([body]);
    });

    test('reads only the first 32 words of a long question', async () => {
      await using fixture = await StoreFixture.open(open);
      const words = Array.from({ length: 32 }, (_, index) => `w${index}`).join(' ');
      await fixture.send({ body: words });
      await fixture.messages.indexNext(100);
      expect(await found(fixture, `${words} absent`)).toEqual([words]);
    });

    test('shows where the word stands', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ body: `${'padding '.repeat(100)}needle${' padding'.repeat(100)}` });
      await fixture.messages.indexNext(100);
      const [hit] = await fixture.messages.search('needle', { limit: 1 });
      expect(hit?.snippet).toContain('needle');
      expect(hit?.snippet.length).toBeLessThan(400);
    });

    test('the index takes each message once, some at a time', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.sendAll(['word 1', 'word 2', 'word 3']);
      expect(await fixture.messages.indexNext(2)).toBe(2);
      expect(await fixture.messages.indexNext(2)).toBe(1);
      expect(await fixture.messages.indexNext(2)).toBe(0);
      expect(await found(fixture, 'word')).toEqual(['word 3', 'word 2', 'word 1']);
    });

    test('finds what was accepted even when the indexer is behind', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ body: 'word 1' });
      await fixture.messages.indexNext(10);
      await fixture.send({ body: 'word 2' });
      expect(await found(fixture, 'word')).toEqual(['word 2', 'word 1']);
    });
  });

  describe('counting (G9)', () => {
    test('accepted is the sum of everything there is, and of what was pruned', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.messages.purgeDead({ ids: [await fixture.sendDead()] });
      await fixture.sendDead();
      await fixture.send({ state: 'quarantined' });
      await fixture.messages.cancel(await fixture.send());
      await fixture.send({ ttlMs: 1 });
      fixture.clock.advance(1);
      await fixture.messages.advance();
      await fixture.send();
      await fixture.messages.ack(await fixture.leaseOne());
      await fixture.send();
      await fixture.leaseOne();
      await fixture.send({ delayMs: 1_000 });
      await fixture.send();
      const stats = await fixture.messages.stats();
      for (const state of messageStates) expect([state, stats[state]]).toEqual([state, 1]);
      expect(stats).toMatchObject({ pruned: 1, accepted: messageStates.length + 1 });
      expect(await fixture.messages.inboxStats('ada')).toMatchObject(stats);
      expect(await fixture.messages.verify()).toMatchObject({ checked: messageStates.length, stats, problems: [] });
    });

    test('oldestReadyAt is the age of the oldest message that could be delivered now', async () => {
      await using fixture = await StoreFixture.open(open);
      const start = fixture.clock.now();
      const oldest = async () => (await fixture.messages.inboxStats('ada')).oldestReadyAt;
      expect(await oldest()).toBeUndefined();
      await fixture.send({ body: 'head', orderingKey: 'k' });
      fixture.clock.advance(1_000);
      await fixture.send({ body: 'blocked', orderingKey: 'k' });
      fixture.clock.advance(1_000);
      await fixture.send({ priority: 'urgent' });
      expect(await oldest()).toBe(start);
      await fixture.messages.ack(await fixture.leaseOne());
      const head = await fixture.leaseOne();
      expect([head.body, await oldest()]).toEqual(['head', undefined]);
      await fixture.messages.ack(head);
      expect(await oldest()).toBe(start + 1_000);
    });

    test('a lease that ran out is counted as ready once time was looked at', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send();
      await fixture.leaseOne();
      fixture.clock.advance(leaseMs);
      await fixture.messages.advance();
      expect(await fixture.messages.inboxStats('ada')).toMatchObject({ ready: 1, leased: 0 });
    });
  });
}
