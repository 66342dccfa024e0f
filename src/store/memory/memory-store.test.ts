import { describeStoreContract } from '../../testing/contracts/store-contract.ts';
import { openMemoryStore } from './memory-store.ts';

describeStoreContract('memory', async (options) => openMemoryStore(options));
