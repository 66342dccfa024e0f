import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { WaggleError } from '../../errors.ts';
import { plain } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import { aborted } from '../../service.ts';
import type { Context } from '../command.ts';
import { examineFile } from '../doctor/examine-file.ts';
import { HubEar } from '../doctor/hub-ear.ts';
import { WatchedFile, type WatchReport } from '../doctor/watched-file.ts';

/** A legacy writer rewrites the whole file in several writes; looking sooner would only catch it in the act. */
const settleMs = 150;
const interruptedExit = 130;

/** Looks at legacy queue files at every change, read-only, until interrupted. */
export async function watchFiles(names: readonly string[], context: Context): Promise<number> {
  // A hub that runs here hears of what is found; one that does not is not started for it.
  const ear = new HubEar(() => context.connect({ start: false }));
  const files = new Map(names.map((name) => [resolve(context.cwd, name), new FileWatch(name, context, ear)]));
  const folders = [...new Set([...files.keys()].map((path) => dirname(path)))];
  for (const folder of folders) await mustBeFolder(folder);
  const { watch } = await import('chokidar');
  // Folders, not files: a file that is replaced or deleted and written anew is still the one to watch.
  const watcher = watch(folders, {
    depth: 0,
    ignoreInitial: true,
    ignored: (path) => !folders.includes(path) && !files.has(path),
  });
  const onChange = (path: string) => files.get(path)?.changed();
  watcher.on('add', onChange).on('change', onChange).on('unlink', onChange);
  await new Promise<void>((ready, broken) => watcher.once('ready', ready).once('error', broken));
  watcher.on('error', (error) => context.output.note(`watching failed: ${plain(String(error))}`));
  try {
    for (const file of files.values()) await file.look();
    if (!context.json)
      context.output.note(`watching ${names.length === 1 ? '1 file' : `${names.length} files`}; Ctrl-C ends`);
    await aborted(AbortSignal.any([context.stop, context.output.readerGone]));
  } finally {
    await watcher.close();
    await Promise.all([...files.values()].map((file) => file.end()));
  }
  return context.stop.aborted ? interruptedExit : 0;
}

/** One file: looks once it has been quiet for a moment, one look at a time, and never misses the last change. */
class FileWatch {
  readonly #name: string;
  readonly #context: Context;
  readonly #ear: HubEar;
  readonly #record: WatchedFile;
  #cancelTimer: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(name: string, context: Context, ear: HubEar) {
    this.#name = name;
    this.#context = context;
    this.#ear = ear;
    this.#record = new WatchedFile(name);
  }

  changed(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#context.clock.setTimer(settleMs, () => void this.look());
  }

  look(): Promise<void> {
    this.#looking = this.#looking.then(async () => {
      const source = resolve(this.#context.cwd, this.#name);
      const found = await examineFile(source, this.#context.clock);
      const at = new Date(this.#context.clock.now()).toISOString();
      print(this.#record.record(found, at), this.#context);
      const { state, errors, problem } = found;
      this.#ear.tell({ source, state, at, errors, ...(problem === undefined ? {} : { problem }) });
    });
    return this.#looking;
  }

  async end(): Promise<void> {
    this.#cancelTimer?.();
    await this.#looking;
  }
}

async function mustBeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new WaggleError('not_found', `folder ${folder} does not exist; the file may be missing, its folder may not`, {
    details: { folder },
  });
}

function print(report: WatchReport, { output, json }: Context): void {
  if (json) {
    output.json(renderJson(report));
    return;
  }
  const { style } = output;
  const isBad = report.state === 'damaged' || report.state === 'unreadable';
  const state = isBad
    ? style.bad(report.state)
    : report.state === 'intact'
      ? style.good(report.state)
      : style.warn(report.state);
  const entries = `${report.recoverable} entries${report.ambiguous > 0 ? `, ${report.ambiguous} ambiguous` : ''}`;
  const problem = report.problem === undefined ? '' : ` · ${plain(report.problem)}`;
  const counts = `checks ${report.checks}, parse errors ${report.parseErrors}, recoveries ${report.recoveries}`;
  const lasting = report.persistent ? ` · ${style.bad('persistent')}: waggle recover ${plain(report.file)}` : '';
  output.line(
    `${report.at.slice(11, 19)} ${plain(report.file)} ${state} · ${entries}${problem} · ${style.dim(counts)}${lasting}`,
  );
}
