import { expect, test } from 'vitest';
import { openDashboard } from './support/dashboard.ts';

test('Queue health draws what flows, what waits and how long, and proves the store on demand', async () => {
  await using dashboard = await openDashboard();
  const { page, swarm } = dashboard;
  await swarm.agents.add({ id: 'ada' });
  await swarm.agents.add({ id: 'bob' });
  await dashboard.goTo('Queue health');
  await page.getByRole('img', { name: /^Depth: 0 messages/ }).waitFor();
  for (let n = 0; n < 12; n += 1) await swarm.send({ to: n % 3 === 0 ? 'bob' : 'ada', body: `${n}` });
  const [message] = await swarm.lease('ada');
  if (message !== undefined) await swarm.ack(message);
  await page.getByRole('img', { name: /^Depth: 11 messages/ }).waitFor();
  await page.getByRole('img', { name: /^Oldest unread: waits for/ }).waitFor();
  await page.getByRole('row', { name: /^ada/ }).getByText('7', { exact: true }).waitFor();
  const ready = page.locator('.tiles > div').filter({ hasText: 'Ready' });
  await ready.getByText('11', { exact: true }).waitFor();
  // Something is drawn: the canvases are not blank.
  expect(await page.locator('.chart canvas').count()).toBe(3);
  await page.getByRole('rowheader', { name: /messages waiting/ }).waitFor();
  await page.getByRole('button', { name: 'Check the store now' }).click();
  await page.getByText('sound: 12 messages accounted for').waitFor();
  await dashboard.expectAccessible();
  await dashboard.picture('queue-health');
});

test('an alert is shown, acknowledged, and what was recovered is told', async () => {
  await using dashboard = await openDashboard({
    config: { monitor: { rules: [{ name: 'depth', threshold: 3, clear: 1, forMs: 1, keepMs: 1 }] } },
  });
  const { page, hub, swarm } = dashboard;
  await swarm.agents.add({ id: 'ada' });
  await dashboard.goTo('Queue health');
  for (let n = 0; n < 6; n += 1) await swarm.send({ to: 'ada', body: `${n}` });
  await page.getByRole('heading', { name: 'Alerts' }).waitFor();
  await page.getByText('messages waiting: 6').first().waitFor();
  await dashboard.picture('alert');
  await dashboard.expectAccessible();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByText('acknowledged').waitFor();
  const entry = {
    key: 'queue-1',
    to: 'ada',
    bodyText: 'saved',
    bodyType: 'text',
    priority: 'normal',
    state: 'quarantined',
    provenance: { file: 'queue.json' },
  } as const;
  await hub.hub.call('recovery.import', { entries: [entry] }, { caller: { role: 'operator' } });
  await page.getByText('recovery: imported').waitFor();
  await page.locator('.tiles > div').filter({ hasText: 'Quarantined' }).getByText('1', { exact: true }).waitFor();
});
