// `npm run build`: src to dist, and a note of when, so that `npm start` and `npm test` know whether to build again.
import { build, ensureInstalled } from './repo.mjs';

process.exitCode = (await ensureInstalled()) && (await build()) ? 0 : 1;
