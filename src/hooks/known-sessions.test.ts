import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { tempFolder } from '../testing/temp-hub.ts';
import { knownSessions } from './known-sessions.ts';
import { SessionStore } from './session-store.ts';

test('tells of each session whether a turn runs and whether somebody waits beside it', async () => {
  using folder = tempFolder();
  expect(knownSessions(folder.path, 'ada', systemClock)).toEqual([]);
  const sessions = new SessionStore(folder.path, 'ada', systemClock);
  await sessions.update('working', (record) => ({ record, value: undefined }));
  await sessions.update('idle', (record) => ({ record: { ...record, isIdle: true }, value: undefined }));
  writeFileSync(sessions.waiterFile('idle'), `${process.pid} me`);
  const kept = join(folder.path, 'agents', 'ada', 'hooks');
  writeFileSync(join(kept, 'damaged.json'), '{"told":');
  mkdirSync(join(kept, 'strange.json'));
  expect(
    [...knownSessions(folder.path, 'ada', systemClock)].sort((a, b) => Number(a.isIdle) - Number(b.isIdle)),
  ).toEqual([
    { isIdle: false, waits: false },
    { isIdle: true, waits: true },
  ]);
  sessions.forget('idle');
  expect(knownSessions(folder.path, 'ada', systemClock)).toEqual([{ isIdle: false, waits: false }]);
});

test('a session that fell silent in a turn, and a waiter that was killed, keep nobody from knocking elsewhere', async () => {
  using folder = tempFolder();
  const sessions = new SessionStore(folder.path, 'ada', systemClock);
  await sessions.update('working', (record) => ({ record, value: undefined }));
  await sessions.update('idle', (record) => ({ record: { ...record, isIdle: true }, value: undefined }));
  const { pid } = spawnSync(process.execPath, ['-e', '0']);
  for (const left of [`${pid} me`, 'me', '', '-1 me']) {
    writeFileSync(sessions.waiterFile('idle'), left);
    expect(knownSessions(folder.path, 'ada', systemClock)).toContainEqual({ isIdle: true, waits: false });
  }
  const at = (minutes: number) => ({ now: () => Date.now() + minutes * 60_000 });
  const isAtWork = (minutes: number) => knownSessions(folder.path, 'ada', at(minutes)).some(({ isIdle }) => !isIdle);
  expect([14, -14, 16, -16].map(isAtWork)).toEqual([true, true, false, false]);
});
