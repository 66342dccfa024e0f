import { describe, expect, test } from 'vitest';
import { runHub } from '../../src/compose.ts';
import type { Swarm } from '../../src/index.ts';
import { runWaggle } from '../support/run-waggle.ts';
import { openDashboard } from './support/dashboard.ts';

async function withAgents(swarm: Swarm, ...ids: string[]) {
  for (const id of ids) await swarm.agents.add({ id });
}

/** A message that is given back for good. */
async function sendDead(swarm: Swarm, to: string, body: unknown, subject: string) {
  const { id } = await swarm.send({ to, body, subject });
  const [message] = await swarm.lease(to);
  if (message === undefined) throw new Error('there was nothing to lease');
  await swarm.nack(message, { terminal: true, reason: 'the handler cannot read it' });
  return id;
}

describe('Messages', () => {
  test('shows what the command line sends, and one message’s life with its receipt', async () => {
    await using dashboard = await openDashboard();
    const { page, hub, swarm } = dashboard;
    await withAgents(swarm, 'ada', 'bob');
    await dashboard.goTo('Messages');
    await page.getByText('No message has been sent yet').waitFor();
    await dashboard.picture('messages-empty');

    const words = ['send', 'ada', 'please look at #12', '--subject', 'A review', '--from', 'bob', '--dir', hub.dir];
    expect(await runWaggle(words, { cwd: hub.dir, timeoutMs: 60_000 })).toMatchObject({ code: 0 });
    const row = page.getByRole('row', { name: /A review/ });
    await row.getByText('ready').waitFor();
    const [message] = await swarm.lease('ada');
    await row.getByText('leased').waitFor();
    if (message === undefined) throw new Error('there was nothing to lease');
    await swarm.ack(message);
    await row.getByText('acked').waitFor();

    await swarm.send({ to: 'bob', from: 'ada', replyTo: message.id, subject: 'Done', body: { pr: 12, ok: true } });
    await row.click();
    const panel = page.getByRole('complementary', { name: 'Message' });
    await panel.getByText('please look at #12').waitFor();
    for (const step of ['accepted', 'leased', 'acked'])
      await panel.locator('.steps').getByText(step, { exact: false }).first().waitFor();
    expect(await panel.locator('.receipt li[data-reached=true]').count()).toBeGreaterThanOrEqual(3);
    await panel.getByRole('link', { name: /ada → bob/ }).click();
    await panel.getByText('"pr": 12').waitFor();
    await dashboard.expectAccessible();
    await dashboard.picture('messages-thread');
  });

  test('searches words and filters by inbox and state, with an address of its own', async () => {
    await using dashboard = await openDashboard();
    const { page, swarm } = dashboard;
    await withAgents(swarm, 'ada', 'bob');
    await swarm.send({ to: 'ada', body: 'the parser is slow', subject: 'Parser' });
    await swarm.send({ to: 'bob', body: 'deploy on friday', subject: 'Deploy' });
    await dashboard.goTo('Messages');
    await page.getByRole('row', { name: /Deploy/ }).waitFor();
    await page.getByLabel('Inbox').fill('ada');
    await page.getByRole('row', { name: /Deploy/ }).waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /Parser/ }).waitFor();
    expect(page.url()).toContain('inbox=ada');
    await page.reload();
    await page.getByRole('row', { name: /Parser/ }).waitFor();
    await page.getByLabel('State').selectOption('acked');
    await page.getByText('No message passes these filters').waitFor();
    await page.getByLabel('State').selectOption('');
    await page.getByLabel('Inbox').fill('');
    await page.getByLabel('Search').fill('friday');
    await page.getByText('1 found').waitFor();
    await page.getByRole('row', { name: /Deploy/ }).waitFor();
    await page.getByLabel('Search').fill('monday');
    await page.getByText('No message holds all these words').waitFor();
  });

  test('a dead letter is put back in line, and another is mended and sent again', async () => {
    await using dashboard = await openDashboard();
    const { page, swarm } = dashboard;
    await withAgents(swarm, 'ada');
    const first = await sendDead(swarm, 'ada', 'try me again', 'Redrive me');
    const second = await sendDead(swarm, 'ada', { amount: 12345678901234567890n.toString() }, 'Mend me');
    await dashboard.goTo('Messages');
    await page.getByRole('button', { name: 'Dead letters' }).click();
    await page.getByText('2 dead letters').waitFor();
    await page
      .getByRole('row', { name: /Redrive me/ })
      .getByText('the handler cannot read it')
      .waitFor();
    await dashboard.expectAccessible();
    await dashboard.picture('dead-letters');

    await page.getByRole('row', { name: /Redrive me/ }).click();
    await page.getByRole('button', { name: 'Redrive', exact: true }).click();
    await page.getByText('1 dead letter', { exact: true }).waitFor();
    expect((await swarm.message(first)).message.state).toBe('ready');

    await page.getByRole('row', { name: /Mend me/ }).click();
    await page.getByRole('button', { name: 'Edit and send again' }).click();
    const body = page.getByLabel('Body');
    await body.last().fill('{"amount": 12345678901234567890, "one": 1.0}');
    await dashboard.picture('composer');
    await dashboard.expectAccessible();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByText('No dead letters').waitFor();
    await expect(swarm.message(second)).rejects.toMatchObject({ code: 'not_found' });
    const [mended] = (await swarm.peek('ada')).filter(({ subject }) => subject === 'Mend me');
    expect(mended?.bodyText).toBe('{"amount":12345678901234567890,"one":1.0}');
  });

  test('a message is written here, and a refusal says which field and why', async () => {
    await using dashboard = await openDashboard({ allows: /404/ });
    const { page, swarm } = dashboard;
    await withAgents(swarm, 'ada');
    await dashboard.goTo('Messages');
    await page.getByRole('button', { name: 'Send a message' }).click();
    await page.getByLabel('To', { exact: true }).fill('nobody');
    await page.getByLabel('Body').fill('hello');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page
      .getByRole('alert')
      .getByText(/nobody/)
      .waitFor();
    await page.getByLabel('To', { exact: true }).fill('ada');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await swarm.peek('ada'))[0]).toMatchObject({ body: 'hello', from: 'operator' });
  });
});

describe('the connection', () => {
  test('is seen to be lost when the hub is, and what happened meanwhile is there after its restart', async () => {
    await using dashboard = await openDashboard({ allows: /ERR_|Failed to load/ });
    const { page, hub, swarm } = dashboard;
    await withAgents(swarm, 'ada');
    await dashboard.goTo('Messages');
    const port = Number(new URL(hub.url).port);
    await hub.close();
    await page.getByText('Connection lost, trying again').waitFor();
    await dashboard.picture('connection-lost');
    const next = await runHub({ dir: hub.dir, port });
    try {
      await next.hub.call(
        'message.send',
        { to: 'ada', body: 'x', subject: 'While you were away' },
        { caller: { role: 'operator' } },
      );
      await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
      await page.getByRole('row', { name: /While you were away/ }).waitFor();
    } finally {
      await next.close();
    }
  });
});

describe('10,000 messages', () => {
  test('are listed with a document that stays small, and the first and the last are a key away', async () => {
    await using dashboard = await openDashboard({ config: { limits: { inboxMessages: 20_000 } } });
    const { page, swarm } = dashboard;
    await withAgents(swarm, 'ada');
    const total = 10_000;
    for (let sent = 0; sent < total; sent += 500)
      await swarm.sendMany(
        Array.from({ length: 500 }, (_, index) => ({
          to: 'ada',
          body: `body ${sent + index}`,
          subject: `number ${sent + index}`,
        })),
      );
    await dashboard.goTo('Messages');
    await page.getByRole('row', { name: /number 9999\b/ }).focus();
    // Each End goes to the end of what is loaded, and that brings more.
    await expect
      .poll(
        async () => {
          await page.keyboard.press('End');
          return page.getByRole('row', { name: /number 0\b/ }).count();
        },
        { timeout: 120_000, interval: 20 },
      )
      .toBe(1);
    await page.getByText('10,000 messages').waitFor();
    expect(await page.locator('*').count()).toBeLessThan(900);
    await page.keyboard.press('Home');
    await page.getByRole('row', { name: /number 9999\b/ }).waitFor();
    await dashboard.picture('messages-10000');
  });
});
