import v8Coverage from '@vitest/coverage-v8';
import type { CoverageProviderModule } from 'vitest/node';
import { rawDirectory } from './spawned-coverage/raw-directory.ts';

/**
 * V8's coverage provider, plus the coverage of processes that tests spawn. Vitest loads this module twice: in the main
 * process for the provider, and in every worker to start the measuring, so the heavy half is imported when asked for.
 */
const coverageModule: CoverageProviderModule = {
  ...v8Coverage,
  startCoverage(options) {
    // Set while the worker runs, so that its children inherit it and the worker itself, measured by Vitest, does not
    // write files too. Node adds it even to children whose environment is given; a test opts out with an empty value.
    process.env['NODE_V8_COVERAGE'] = rawDirectory;
    return v8Coverage.startCoverage?.(options);
  },
  async getProvider() {
    const { SpawnAwareProvider } = await import('./spawned-coverage/spawn-aware-provider.ts');
    return new SpawnAwareProvider();
  },
};

export default coverageModule;
