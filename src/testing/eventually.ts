import { vi } from 'vitest';

/** For tests: looks until the check passes. As patient as `expect.poll` is here: a second is short on a busy machine. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 15_000 });
}
