import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { tempFolder } from '../testing/temp-hub.ts';
import { knownSessions } from './known-sessions.ts';
import { SessionStore } from './session-store.ts';

test('tells of each session whether a turn runs and whether somebody waits beside it', async () => {
  using folder = tempFolder();
  expect(knownSessions(folder.path, 'ada')).toEqual([]);
  const sessions = new SessionStore(folder.path, 'ada', systemClock);
  await sessions.update('working', (record) => ({ record, value: undefined }));
  await sessions.update('idle', (record) => ({ record: { ...record, isIdle: true }, value: undefined }));
  writeFileSync(sessions.waiterFile('idle'), 'me');
  const kept = join(folder.path, 'agents', 'ada', 'hooks');
  writeFileSync(join(kept, 'damaged.json'), '{"told":');
  mkdirSync(join(kept, 'strange.json'));
  expect([...knownSessions(folder.path, 'ada')].sort((a, b) => Number(a.isIdle) - Number(b.isIdle))).toEqual([
    { isIdle: false, waits: false },
    { isIdle: true, waits: true },
  ]);
  sessions.forget('idle');
  expect(knownSessions(folder.path, 'ada')).toEqual([{ isIdle: false, waits: false }]);
});
