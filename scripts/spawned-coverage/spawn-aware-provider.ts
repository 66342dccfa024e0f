import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { V8CoverageProvider } from '@vitest/coverage-v8/dist/provider.js';
import type { CoverageMap } from 'istanbul-lib-coverage';
import type { CoverageProvider, ReportContext } from 'vitest/node';
import { addHits } from './add-hits.ts';
import { rawDirectory } from './raw-directory.ts';
import { coverageOfSpawned } from './read-raw.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The map that Vitest makes of its own workers, with the hits of spawned processes added before the gate looks at it. */
export class SpawnAwareProvider extends V8CoverageProvider implements CoverageProvider {
  override async clean(clean?: boolean): Promise<void> {
    await super.clean(clean);
    await rm(rawDirectory, { recursive: true, force: true });
    await mkdir(rawDirectory, { recursive: true });
  }

  override async generateCoverage(context: ReportContext): Promise<CoverageMap> {
    const map = await super.generateCoverage(context);
    const known = new Set(map.files());
    for (const coverage of await coverageOfSpawned({ rawDirectory, root })) {
      if (known.has(coverage.path)) addHits(map.fileCoverageFor(coverage.path).data, coverage);
    }
    await rm(rawDirectory, { recursive: true, force: true }); // hundreds of megabytes nobody reads again
    return map;
  }
}
