import { ensureBuilt, hasBuild } from '../../scripts/repo.mjs';

/** Before tests that run `bin/waggle.js`: what they test is dist, so it has to be there and of today. */
export default async function setup(): Promise<void> {
  const isFresh = await ensureBuilt();
  // Type errors fail `npm run check`; tsc emits in spite of them and the tests may still say something useful.
  if (!isFresh && !hasBuild()) {
    throw new Error('dist/ could not be built, and these tests run bin/waggle.js from it: see npm run build');
  }
}
