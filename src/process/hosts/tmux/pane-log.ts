import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { LogWriter } from '../../log-writer.ts';

/** Appends what a pane shows to the agent's log, until the pane's program has ended. */
export async function writePaneLog(runPath: string, output: Readable): Promise<void> {
  const log = new LogWriter(join(dirname(runPath), 'output.log'));
  process.on('SIGHUP', () => {});
  for await (const chunk of output) log.write(Buffer.from(chunk as Uint8Array)); // a stream without an encoding
  log.close();
}
