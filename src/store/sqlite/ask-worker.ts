import { Worker } from 'node:worker_threads';
import { errorFromDocument } from '../../errors.ts';

/** What a worker that looks at a store answers: what it found, or why it could not look. */
export type WorkerAnswer<T> =
  | { readonly found: T }
  | { readonly error: { readonly code: string; readonly message: string } };

/** Starts a worker of this folder over a store file. Whoever asked ends it by `terminate`, or it ends by itself. */
export function startWorker(name: string, file: string): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new Worker(new URL(`./${name}.${extension}`, import.meta.url), { workerData: file });
}

/** The one answer of a worker; rejects with its error, or with what ended it. */
export function askWorker<T>(name: string, file: string): Promise<T> {
  return answerOf<T>(startWorker(name, file));
}

/** The next answer of a worker that gives many. */
export function answerOf<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAnswer = (answer: WorkerAnswer<T>) => {
      stop();
      if ('found' in answer) resolve(answer.found);
      else reject(errorFromDocument(answer.error));
    };
    const onError = (error: unknown) => {
      stop();
      reject(error);
    };
    const onExit = () => onError(new Error('the store check ended without an answer'));
    const stop = () => worker.off('message', onAnswer).off('error', onError).off('exit', onExit);
    worker.on('message', onAnswer).on('error', onError).on('exit', onExit);
  });
}
