import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { mintToken } from '../testing/agent-doors.ts';
import { startTempHub, tempFolder } from '../testing/temp-hub.ts';
import { PageFiles } from './page-files.ts';

describe('the files of the page', () => {
  function built() {
    const folder = tempFolder();
    mkdirSync(join(folder.path, 'assets'));
    writeFileSync(join(folder.path, 'index.html'), '<!doctype html>the page');
    writeFileSync(join(folder.path, 'icon.svg'), '<svg/>');
    writeFileSync(join(folder.path, 'assets', 'index-abc.js'), 'let a;');
    writeFileSync(join(folder.path, 'assets', 'index-abc.bin'), 'raw');
    return { folder, files: new PageFiles(folder.path) };
  }

  test('come with a policy that lets in nothing inline and nobody else; assets are kept for good', async () => {
    const { folder, files } = built();
    using _folder = folder;
    const page = await files.answer('/', false);
    expect(await page?.text()).toBe('<!doctype html>the page');
    expect(page?.headers.get('content-type')).toContain('text/html');
    expect(page?.headers.get('cache-control')).toBe('no-cache');
    const policy = page?.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*|data:/);
    const script = await files.answer('/assets/index-abc.js', false);
    expect(script?.headers.get('content-type')).toContain('text/javascript');
    expect(script?.headers.get('cache-control')).toContain('immutable');
    expect((await files.answer('/assets/index-abc.bin', false))?.headers.get('content-type')).toBe(
      'application/octet-stream',
    );
  });

  test('are compressed for those who take that', async () => {
    const { folder, files } = built();
    using _folder = folder;
    for (let round = 0; round < 2; round += 1) {
      const page = await files.answer('/', true);
      expect(page?.headers.get('content-encoding')).toBe('gzip');
      expect(gunzipSync(new Uint8Array((await page?.arrayBuffer()) ?? [])).toString()).toBe('<!doctype html>the page');
    }
  });

  test.each(['/../secret', '/assets', '/assets/../index.html', '//etc/passwd', '/index.html/'])(
    'are looked up by name, so %s is none of them',
    async (path) => {
      const { folder, files } = built();
      using _folder = folder;
      writeFileSync(join(folder.path, '..', 'secret'), 'x');
      expect(await files.answer(path, false)).toBeUndefined();
    },
  );

  test('a page that was not built says how to build it', async () => {
    using folder = tempFolder();
    const files = new PageFiles(join(folder.path, 'none'));
    await expect(files.answer('/', false)).rejects.toThrow(/npm run build/);
    expect(await files.answer('/assets/x.js', false)).toBeUndefined();
  });
});

describe('signing in', () => {
  async function signedIn() {
    const hub = await startTempHub();
    const address = hub.hub.dashboardAddress();
    const exchange = (code: unknown) =>
      fetch(`${hub.url}/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code }),
      });
    const answer = await exchange(new URL(address).hash.replace('#code=', ''));
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const { csrf } = (await answer.json()) as { csrf: string };
    const request = (method: string, path: string, headers: Record<string, string> = {}, json?: object) =>
      fetch(hub.url + path, {
        method,
        headers: { cookie, ...headers, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
    return { hub, answer, exchange, request, csrf, cookie };
  }

  test('gives a cookie that no script and no other site gets, and reads go with it alone', async () => {
    const { hub, answer, request } = await signedIn();
    await using _hub = hub;
    expect(answer.status).toBe(201);
    const cookie = answer.headers.get('set-cookie') ?? '';
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(cookie).toContain(part);
    expect((await request('GET', '/v1/status')).status).toBe(200);
    expect(await (await request('GET', '/v1/session')).json()).toHaveProperty('csrf');
  });

  test('writes need the header as well, and a foreign Origin is refused before', async () => {
    const { hub, request, csrf } = await signedIn();
    await using _hub = hub;
    const add = (headers: Record<string, string>) => request('POST', '/v1/agents', headers, { id: 'ada' });
    const without = await add({});
    expect([without.status, await without.json()]).toMatchObject([
      403,
      { code: 'forbidden', details: { field: 'x-waggle-csrf' } },
    ]);
    expect((await add({ 'x-waggle-csrf': `${csrf}x` })).status).toBe(403);
    expect((await add({ 'x-waggle-csrf': csrf, origin: 'http://127.0.0.1:1' })).status).toBe(403);
    expect((await request('DELETE', '/v1/agents/ada')).status).toBe(403);
    expect((await add({ 'x-waggle-csrf': csrf, origin: hub.url })).status).toBe(201);
  });

  test('a bearer token beside the cookie is what counts', async () => {
    const { hub, request } = await signedIn();
    await using _hub = hub;
    expect((await request('GET', '/v1/status', { authorization: 'Bearer wrong' })).status).toBe(401);
  });

  test('a used, a wrong and a missing code are refused, and somebody without a cookie is told how to get one', async () => {
    const { hub, exchange } = await signedIn();
    await using _hub = hub;
    expect((await exchange('0'.repeat(32))).status).toBe(401);
    expect(await (await exchange(7)).json()).toMatchObject({ code: 'invalid_input', details: { field: 'code' } });
    const nobody = await fetch(`${hub.url}/v1/session`);
    expect([nobody.status, await nobody.text()]).toEqual([401, expect.stringContaining('waggle status')]);
    expect((await fetch(`${hub.url}/v1/status`, { headers: { cookie: 'waggle_x=1; other' } })).status).toBe(401);
  });

  test('signing out takes the cookie away', async () => {
    const { hub, request, csrf } = await signedIn();
    await using _hub = hub;
    const out = await request('DELETE', '/v1/session', { 'x-waggle-csrf': csrf });
    expect(await out.json()).toEqual({ signedOut: true });
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0');
  });

  test('an agent is told where the page is, and gets no code to become the operator with', async () => {
    const { hub } = await signedIn();
    await using _hub = hub;
    const asOperator = await hub.hub.call('hub.status', {}, { caller: { role: 'operator' } });
    expect(asOperator.dashboard).toMatch(/\/#code=[0-9a-f]{32}$/);
    await hub.request('POST', '/v1/agents', { id: 'ada' });
    const token = await mintToken(hub, 'ada', { role: 'observer' });
    const status = await fetch(`${hub.url}/v1/status`, { headers: { authorization: `Bearer ${token}` } });
    expect(await status.json()).toMatchObject({ dashboard: `${hub.url}/` });
  });
});
