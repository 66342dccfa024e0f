// Loaded into a hub before anything else (`--import`): when it finds a store, it breaks one promise of it, as a hub that
// recovers badly would. WAGGLE_BROKEN says which; `workers` ends the lab's own producers. Negative controls of the lab.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const ways = {
  loses: 'DELETE FROM messages WHERE state IN (0, 2)',
  revives: 'UPDATE messages SET state = 0, settled_seq = NULL, settled_at = NULL WHERE state = 3',
  alters: "UPDATE messages SET body = replace(body, 'agent', 'Agent') WHERE state = 0",
};
if (process.env.WAGGLE_BROKEN === 'workers' && process.argv[1]?.endsWith('worker.js')) process.exit(3);
const way = ways[process.env.WAGGLE_BROKEN];
const dir = process.argv[process.argv.indexOf('--dir') + 1];
const file = join(dir ?? '', 'waggle.db');
if (way !== undefined && process.argv.includes('up') && existsSync(file)) {
  const db = new DatabaseSync(file);
  db.exec(way);
  db.close();
}
