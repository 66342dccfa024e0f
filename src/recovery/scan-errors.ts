import type { ScanError } from './scan.ts';

const maxListed = 100;

/** What a scan found wrong with the file: the first hundred in words, all of them in number. */
export class ScanErrors {
  readonly listed: ScanError[] = [];
  count = 0;

  add(position: number, problem: string): void {
    this.count += 1;
    if (this.listed.length < maxListed) this.listed.push({ position, problem });
  }
}
