// Types for the tests that use the scripts; the scripts themselves run before TypeScript is installed.
export const root: string;
export const repoNode: string;
export function ensureBuilt(): Promise<boolean>;
export function hasBuild(): boolean;
