import { parentPort, workerData } from 'node:worker_threads';
import { checkpoint, openDatabase } from './database.ts';

/**
 * A connection of its own that moves the store's log into the store, off the hub's thread, each time it is asked to.
 * A failure ends it, and whoever started it hears of that.
 */
const db = openDatabase(String(workerData));

parentPort?.on('message', () => parentPort?.postMessage(checkpoint(db, 'PASSIVE')));
