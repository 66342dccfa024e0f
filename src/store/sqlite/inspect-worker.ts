import { parentPort, workerData } from 'node:worker_threads';
import { toWaggleError } from '../../errors.ts';
import { inspectStore } from './inspect.ts';

/** A page check may read the whole file; this keeps it off the thread that answers messages. */
try {
  parentPort?.postMessage({ found: inspectStore(String(workerData)) });
} catch (error) {
  parentPort?.postMessage({ error: toWaggleError(error).toDocument() });
}
