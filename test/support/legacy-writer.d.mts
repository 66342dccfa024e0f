export function raceEntry(writer: number, index: number): Record<string, unknown>;
