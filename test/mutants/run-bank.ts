import { bank } from './bank.ts';
import { MutantTree } from './mutant-tree.ts';

/**
 * `npm run test:mutants [-- WORDS]`: puts every bug of the bank in, one after another (or those whose name holds the
 * words), and prints who saw it. Exits 1 when nobody saw one.
 */
const words = process.argv[2] ?? '';
const chosen = bank.filter(({ id }) => id.includes(words));
using tree = new MutantTree();
let survivors = 0;
for (const mutant of chosen) {
  const { failed, passed } = await tree.run(mutant);
  const [first] = failed;
  if (first === undefined) survivors += 1;
  const verdict = first === undefined ? `SURVIVED ${passed} tests` : `seen by: ${first}`;
  process.stdout.write(`${mutant.breaks.join(' ').padEnd(10)} ${mutant.id}\n           ${verdict}\n`);
}
process.stdout.write(`\n${chosen.length - survivors} of ${chosen.length} bugs seen\n`);
process.exitCode = survivors === 0 ? 0 : 1;
