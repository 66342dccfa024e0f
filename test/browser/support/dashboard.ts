import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, expect } from 'vitest';
import { ChildStressLauncher } from '../../../src/cli/commands/stress-launcher.ts';
import { systemClock } from '../../../src/clock.ts';
import type { Swarm } from '../../../src/index.ts';
import { startTempHub } from '../../../src/testing/temp-hub.ts';
import { findBrowser } from './find-browser.ts';

/** A build machine with other work: what takes a second here may take half a minute there. */
const patienceMs = 45_000;
const screenshots = fileURLToPath(new URL('../screenshots/', import.meta.url));

let launched: Promise<Browser> | undefined;

/** One browser for all tests of a file. */
function browser(): Promise<Browser> {
  const executablePath = findBrowser();
  launched ??= chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
    timeout: patienceMs,
  });
  return launched;
}

afterAll(async () => {
  await (await launched)?.close();
});

export type TempHub = Awaited<ReturnType<typeof startTempHub>>;

export interface Dashboard extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly hub: TempHub;
  readonly swarm: Swarm;
  /** Answers from anybody but the hub, and what the page complained of. */
  readonly complaints: readonly string[];
  /** What the hub prints as the page's address: it signs in, once. */
  address(): string;
  /** Through the navigation. */
  goTo(view: string): Promise<void>;
  /** Kept for people: CI keeps the folder. */
  picture(name: string): Promise<void>;
  /** Nothing that keeps somebody out who does not see, or uses no mouse. */
  expectAccessible(): Promise<void>;
}

export interface DashboardOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly config?: object;
  /** A page that is told to open by itself; default yes. */
  readonly open?: boolean;
  /** Complaints the test itself provokes. */
  readonly allows?: RegExp;
}

/** A hub of its own and the page of it, signed in. At the end the page must have had nothing to complain of. */
export async function openDashboard(options: DashboardOptions = {}): Promise<Dashboard> {
  const stress = new ChildStressLauncher(systemClock);
  const hub = await startTempHub({ stress, ...(options.config === undefined ? {} : { config: options.config }) });
  const swarm = await hub.connect();
  const context = await (await browser()).newContext({
    viewport: { width: options.width ?? 1_280, height: options.height ?? 800 },
    colorScheme: options.dark === true ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  const complain = (text: string) => {
    if (options.allows?.test(text) !== true) complaints.push(text);
  };
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complain(message.text());
  });
  page.on('pageerror', (error) => complain(String(error)));
  page.on('response', (response) => {
    if (new URL(response.url()).origin !== hub.url) complain(`foreign answer: ${response.url()}`);
  });
  const address = () => hub.hub.dashboardAddress();
  if (options.open !== false) {
    await page.goto(address());
    await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
  }
  return {
    page,
    context,
    hub,
    swarm,
    complaints,
    address,
    goTo: (view) => page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: view }).click(),
    async picture(name) {
      mkdirSync(screenshots, { recursive: true });
      await page.screenshot({ path: join(screenshots, `${name}.png`) });
    },
    expectAccessible: () => expectAccessible(page),
    async [Symbol.asyncDispose]() {
      await context.close();
      await swarm.close();
      await hub[Symbol.asyncDispose]();
      expect(complaints).toEqual([]);
    },
  };
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

async function expectAccessible(page: Page): Promise<void> {
  // Evaluated by the debugger's protocol, which the page's policy does not concern.
  await page.evaluate(axeSource);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResult; // as axe documents it
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(
    serious.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
    ),
  ).toEqual([]);
}
