import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { contextContract } from '../../testing/contracts/context-contract.ts';
import { handOffContract } from '../../testing/contracts/hand-off-contract.ts';
import { missionContract } from '../../testing/contracts/mission-contract.ts';
import { outboxContract } from '../../testing/contracts/outbox-contract.ts';
import { processContract } from '../../testing/contracts/process-contract.ts';
import { receiptContract } from '../../testing/contracts/receipt-contract.ts';
import { describeStoreContract } from '../../testing/contracts/store-contract.ts';
import { openSqliteStore } from './sqlite-store.ts';

const directory = mkdtempSync(join(tmpdir(), 'waggle-sqlite-'));
let files = 0;

describeStoreContract('sqlite in memory', (options) => openSqliteStore({ ...options, file: ':memory:' }));

describeStoreContract('sqlite on disk', (options) => {
  files += 1;
  return openSqliteStore({ ...options, file: join(directory, `store-${files}.db`) });
});

receiptContract((options) => openSqliteStore({ ...options, file: ':memory:' }));

outboxContract((options) => openSqliteStore({ ...options, file: ':memory:' }));
handOffContract((options) => openSqliteStore({ ...options, file: ':memory:' }));

missionContract((options) => openSqliteStore({ ...options, file: ':memory:' }));

contextContract((options) => openSqliteStore({ ...options, file: ':memory:' }));
processContract((options) => openSqliteStore({ ...options, file: ':memory:' }));

afterAll(() => rmSync(directory, { recursive: true, force: true }));
