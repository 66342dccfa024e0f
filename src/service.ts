/**
 * Everything that runs for long is one of these: it runs until its signal aborts, cleans up after itself and then
 * settles. A service that throws while not aborted has failed, and its host decides what that means.
 */
export interface Service {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

export interface RunningService {
  /** Aborts the service and waits for its end. Calling it twice is fine. */
  stop(): Promise<void>;
}

/** Starts a service; `onFailure` hears of an end that nobody asked for. */
export function startService(service: Service, onFailure: (error: unknown) => void): RunningService {
  const controller = new AbortController();
  const ended = service.run(controller.signal).catch((error: unknown) => {
    if (!controller.signal.aborted) onFailure(error);
  });
  return {
    async stop() {
      controller.abort(new Error(`service ${service.name} was stopped`));
      await ended;
    },
  };
}

/** Resolves when the signal aborts; never rejects. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
