import { describe, expect, test } from 'vitest';
import { openDashboard } from './support/dashboard.ts';

describe('signing in', () => {
  test('the address works once, the cookie goes on, and the code is in no history', async () => {
    await using dashboard = await openDashboard({ open: false, allows: /401/ });
    const { page, context } = dashboard;
    const address = dashboard.address();
    await page.goto(address);
    await page.getByRole('heading', { name: 'Swarm' }).waitFor();
    expect(page.url()).not.toContain('code');
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
    await page.reload();
    await page.getByRole('heading', { name: 'Swarm' }).waitFor();

    await context.clearCookies();
    await page.goto('about:blank');
    await page.goto(address);
    await page.getByRole('heading', { name: 'Open the dashboard' }).waitFor();
    await page.getByText('This address was used already or is too old.').waitFor();
    await dashboard.expectAccessible();
    await dashboard.picture('sign-in');
  });

  test('signing out ends it', async () => {
    await using dashboard = await openDashboard({ allows: /401/ });
    await dashboard.page.getByRole('button', { name: 'Sign out' }).click();
    await dashboard.page.getByText('You have signed out.').waitFor();
    await dashboard.page.reload();
    await dashboard.page.getByRole('heading', { name: 'Open the dashboard' }).waitFor();
  });
});

describe('Swarm', () => {
  test('says what to do where there is no agent, and shows one as soon as it is registered', async () => {
    await using dashboard = await openDashboard();
    const { page, swarm } = dashboard;
    await page.getByText('No agent is registered yet').waitFor();
    await dashboard.expectAccessible();
    await dashboard.picture('swarm-empty');
    await swarm.agents.add({ id: 'reviewer', role: 'captain', skills: ['sql'] });
    await page.getByRole('row', { name: /reviewer/ }).waitFor();
  });

  test('tells state, evidence, last call, unread mail and mission of each agent, live', async () => {
    await using dashboard = await openDashboard();
    const { page, swarm } = dashboard;
    await swarm.agents.add({ id: 'ada', role: 'reviewer' });
    const row = page.getByRole('row', { name: /ada/ });
    await row.getByText('offline').waitFor();
    await swarm.agents.report('ada', { state: 'blocked', reason: 'waits for an approval' });
    await row.getByText('blocked').waitFor();
    await row.getByText('waits for an approval').waitFor();
    await swarm.send({ to: 'ada', body: 'one' });
    await swarm.send({ to: 'ada', body: 'two' });
    await row.getByText('2', { exact: true }).waitFor();
    await swarm.missions.add({ id: 'parser', owner: 'ada', title: 'Rewrite the parser', units: 8 });
    await swarm.missions.progress('ada', { mission: 'parser', done: 3 });
    await row.getByText('3/8').waitFor();
    await swarm.agents.heartbeat('ada');
    await row.getByText('alive').waitFor();

    await row.click();
    const panel = page.getByRole('complementary', { name: 'Agent ada' });
    await panel.getByText('heartbeat').waitFor();
    await panel.getByText('waits for an approval').waitFor();
    await dashboard.expectAccessible();
    await dashboard.picture('swarm-agent');
  });

  test('keeps 200 agents out of the document but those that are seen', async () => {
    await using dashboard = await openDashboard();
    const { page, swarm } = dashboard;
    for (let index = 0; index < 200; index += 1)
      await swarm.agents.add({ id: `agent-${String(index).padStart(3, '0')}` });
    await page.getByText('200 agents').waitFor();
    expect(await page.locator('[role=row]').count()).toBeLessThan(40);
    await page.getByRole('row', { name: /agent-000/ }).focus();
    await page.keyboard.press('End');
    await page.getByRole('row', { name: /agent-199/ }).waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toContain('agent-199');
    expect(await page.locator('*').count()).toBeLessThan(900);
  });
});
