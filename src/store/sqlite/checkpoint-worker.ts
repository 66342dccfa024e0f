import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase, prepareCheckpoint } from './database.ts';

/**
 * A connection of its own that moves the store's log into the store, off the hub's thread, each time it is asked to.
 * A failure ends it, and whoever started it hears of that.
 */
const checkpoint = prepareCheckpoint(openDatabase(String(workerData)), 'PASSIVE');

parentPort?.on('message', () => parentPort?.postMessage(checkpoint()));
