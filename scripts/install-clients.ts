import { clientPackages } from '../test/support/agents/clients.ts';
import { installSidePackages } from './side-packages.ts';

/** The agents that tests with real clients drive, from npm into the user's cache: `node scripts/install-clients.ts`. */
installSidePackages(clientPackages, (line) => process.stderr.write(`${line}\n`));
