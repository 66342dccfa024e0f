import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openDashboard } from './support/dashboard.ts';

test('the stress lab runs small to its verdict, compares with a baseline, and gives its report away', async () => {
  await using dashboard = await openDashboard({ allows: /404/ });
  const { page } = dashboard;
  await dashboard.goTo('Stress lab');
  await page.getByText('Nothing has run yet').waitFor();
  await dashboard.expectAccessible();
  await page.getByText('small', { exact: true }).first().click();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('button', { name: 'Running…' }).waitFor();
  const verdict = page.getByText(/^(?:passed: |failed: |could not be made)/);
  await verdict.waitFor({ timeout: 240_000 });
  expect(await verdict.textContent()).toBe('passed: 90 sent, every one accounted for');
  await page.getByText('0 lost').waitFor();
  await page.getByRole('img', { name: /^Throughput: / }).waitFor();
  await page.locator('.bars li').first().waitFor();

  await page.getByRole('button', { name: 'Take this run as the baseline' }).click();
  const comparison = page.getByRole('row', { name: /throughput/ });
  await comparison.getByText('1.00×').waitFor();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download report.json' }).click();
  const file = await (await downloading).path();
  const report = JSON.parse(await readFile(file, 'utf8')) as {
    format: string;
    result: { sent: number; verdict: string };
  };
  expect(report).toMatchObject({ format: 'waggle-stress-1', result: { sent: 90, verdict: 'passed' } });
  await page.getByLabel('Open a report.json').setInputFiles(file);
  await comparison.getByText('1.00×').waitFor();
  await dashboard.expectAccessible();
  await dashboard.picture('stress-lab-papers');
  await page.locator('main').evaluate((main) => main.scrollTo(0, 0));
  await dashboard.picture('stress-lab');
});

test('a run is stopped from the page, and a scenario the lab would refuse says why', async () => {
  await using dashboard = await openDashboard({ allows: /400|404/, dark: true });
  const { page } = dashboard;
  await dashboard.goTo('Stress lab');
  await page.getByText('Options').click();
  await page.getByLabel('Success, 0–1').fill('7');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page
    .getByRole('alert')
    .getByText(/successRate/)
    .waitFor();
  await page.getByLabel('Success, 0–1').fill('');
  await page.getByText('soak', { exact: true }).first().click();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page
    .getByText('starting its processes')
    .or(page.getByText('running', { exact: true }))
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('stopped', { exact: true }).waitFor();
  await dashboard.picture('stress-stopped-dark');
});
