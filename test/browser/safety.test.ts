import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { openDashboard } from './support/dashboard.ts';

/** Each would run, or break out of, an attribute, an element, a style, a template or an address. */
const hostile = [
  '<img src=x onerror="window.broken=1">',
  '"><script>window.broken=1</script>',
  "javascript:window.broken=1//'",
  '<svg onload=window.broken=1>',
  '{{constructor.constructor("window.broken=1")()}}',
];

describe('text of peers', () => {
  test('stays text in every field and every view', async () => {
    await using dashboard = await openDashboard();
    const { page, swarm } = dashboard;
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = hostile;
    await swarm.agents.add({ id: 'ada', workspace: `/tmp/${first}` });
    await swarm.agents.report('ada', { state: 'blocked', reason: second });
    await swarm.missions.add({ id: 'm', owner: 'ada', title: third, units: [fourth, 'b'] });
    await swarm.send({ to: 'ada', subject: fifth, body: { [first]: second } });
    for (const text of hostile) await swarm.send({ to: 'ada', subject: text, body: text, threadId: 'one' });
    for (let left = hostile.length + 1; left > 0; left -= 1) {
      const [message] = await swarm.lease('ada');
      if (message !== undefined) await swarm.nack(message, { terminal: true, reason: message.subject ?? '' });
    }
    await page.getByRole('row', { name: /ada/ }).click();
    await page.getByRole('complementary').getByText(`/tmp/${first}`).waitFor();
    await page.getByRole('complementary').getByText(second).waitFor();
    await dashboard.goTo('Messages');
    for (const text of hostile) {
      await page.getByRole('row').filter({ hasText: text }).first().click();
      await page.getByRole('heading', { name: text, level: 2 }).waitFor();
      await page.locator('.body').getByText(text).waitFor();
    }
    await page.getByRole('button', { name: 'Dead letters' }).click();
    for (const text of hostile) await page.getByRole('row').filter({ hasText: text }).first().waitFor();
    expect(await page.evaluate('window.broken')).toBeUndefined();
    expect(await page.locator('main img, main script, main svg[onload]').count()).toBe(0);
    await dashboard.picture('hostile-text');
  });

  test('hides nothing: controls stand as their pictures, what reorders text as its number', async () => {
    await using dashboard = await openDashboard();
    const { page, swarm } = dashboard;
    await swarm.agents.add({ id: 'ada' });
    await swarm.send({ to: 'ada', subject: 'Controls', body: 'a\u0007b\u001b[31mc \u202egnp.exe\u202c \u200bend' });
    await dashboard.goTo('Messages');
    await page.getByRole('row', { name: /Controls/ }).click();
    expect(await page.locator('.body').textContent()).toBe('a␇b␛[31mc \\u{202E}gnp.exe\\u{202C} \\u{200B}end');
  });
});

describe('the policy of the page', () => {
  test('lets no request go to anybody but the hub, and no script in that it did not bring', async () => {
    await using stranger = await foreignServer();
    await using dashboard = await openDashboard({ allows: /./ });
    const { page } = dashboard;
    const source = await readFile(new URL('./support/foreign-attempts.js', import.meta.url), 'utf8');
    await page.evaluate(source);
    const attempts = await page.evaluate(`foreignAttempts(${JSON.stringify(stranger.url)})`);
    const [beacon, blocked] = ['asked', 'blocked'];
    const all = {
      fetch: blocked,
      beacon,
      image: blocked,
      script: blocked,
      style: blocked,
      html: blocked,
      inline: blocked,
    };
    expect(attempts).toEqual(all);
    expect(stranger.heard).toEqual([]);
  });
});

/** Somebody who would answer anything. */
async function foreignServer() {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(String(request.url));
    response.writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/css' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // of a TCP server that listens
  return {
    url: `http://127.0.0.1:${port}/`,
    heard,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('with the keyboard alone', () => {
  test('a message is found, opened, answered and sent', async () => {
    await using dashboard = await openDashboard();
    const { page, swarm } = dashboard;
    await swarm.agents.add({ id: 'ada' });
    await swarm.agents.add({ id: 'bob' });
    await swarm.send({ to: 'bob', from: 'ada', subject: 'First', body: 'one' });
    await swarm.send({ to: 'bob', from: 'ada', subject: 'Second', body: 'two' });
    const focused = () => page.evaluate('document.activeElement?.textContent ?? ""');
    const tabTo = async (text: RegExp) => {
      for (let steps = 0; steps < 40; steps += 1) {
        if (text.test(String(await focused()))) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`Tab does not reach ${text}`);
    };
    await page.keyboard.press('Tab');
    expect(await focused()).toContain('Skip to the content');
    await tabTo(/^Messages$/);
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: /Second/ }).waitFor();
    await tabTo(/Second/);
    await page.keyboard.press('ArrowDown');
    await expect.poll(focused).toContain('First');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'First' }).waitFor();
    await page.getByRole('button', { name: 'Reply' }).waitFor();
    await tabTo(/^Reply$/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await expect.poll(() => page.evaluate('document.activeElement?.tagName')).toBe('TEXTAREA');
    await page.keyboard.type('answered');
    for (let steps = 0; steps < 6 && (await focused()) !== 'Send'; steps += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect((await swarm.peek('ada'))[0]).toMatchObject({ body: 'answered', subject: 'Re: First' });
  });
});

describe('dark, and where there is little room', () => {
  test('every view is as accessible as elsewhere', async () => {
    await using dashboard = await openDashboard({ dark: true, width: 390, height: 780 });
    const { page, swarm } = dashboard;
    await swarm.agents.add({ id: 'ada', role: 'reviewer' });
    await swarm.agents.report('ada', { state: 'working' });
    await swarm.send({ to: 'ada', subject: 'In the dark', body: 'hello' });
    await page.getByRole('row', { name: /ada/ }).waitFor();
    await dashboard.expectAccessible();
    await dashboard.picture('narrow-swarm-dark');
    await dashboard.goTo('Messages');
    await page.getByRole('row', { name: /In the dark/ }).click();
    await page.getByText('hello').last().waitFor();
    await dashboard.expectAccessible();
    await dashboard.picture('narrow-message-dark');
    // Nothing is wider than the window.
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await page.getByRole('button', { name: /Theme/ }).click();
    await expect.poll(() => page.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('light');
  });
});
