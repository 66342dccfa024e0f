import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { journalPath } from '../../clients/setup-journal.ts';
import { toWaggleError } from '../../errors.ts';
import type { HubStatus } from '../../hub/api.ts';
import { findSwarmDirectory, swarmDirectory } from '../../hub/swarm-directory.ts';
import { plain } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import type { CommandAction, Context } from '../command.ts';
import { type Check, fail, warn } from '../doctor/check.ts';
import { checkDirectory, checkFilesystem, checkToken } from '../doctor/directory-checks.ts';
import { checkHub, checkLog, checkQuarantine, checkSocket, checkStore } from '../doctor/hub-checks.ts';
import { checkRuntime } from '../doctor/runtime-check.ts';
import { runningHub } from './status.ts';

export const doctor: CommandAction = async (call, context) => {
  const files = call.list('watch');
  if (files.length > 0) return (await import('./doctor-watch.ts')).watchFiles(files, context);
  const checks = await runChecks(context);
  const isWell = checks.every((check) => check.status !== 'fail');
  if (context.json) context.output.json(renderJson({ ok: isWell, checks }));
  else for (const check of checks) print(check, context);
  return isWell ? 0 : 1;
};

async function runChecks(context: Context): Promise<Check[]> {
  const runtime = checkRuntime(process.versions.node);
  const path = findSwarmDirectory(context.dir, context.cwd);
  if (path === undefined || (await stat(path).catch(() => undefined)) === undefined) {
    const where = context.dir ?? context.cwd;
    return [runtime, warn('directory', `no .waggle in ${where} or above`, 'waggle agent add NAME makes one here')];
  }
  const directory = swarmDirectory(path);
  const checks = [
    runtime,
    await checked('directory', () => checkDirectory(path, process.getuid?.())),
    await checked('filesystem', () => checkFilesystem(path)),
    await checked('token', () => checkToken(directory.token)),
  ];
  const hub = await askHub(context);
  if ('name' in hub) checks.push(hub);
  else checks.push(await checkHub(hub.status, directory.hubFile));
  const running = 'name' in hub ? undefined : hub.status;
  const isRunning = running !== undefined;
  const wasUsed = isRunning || (await stat(directory.marker).catch(() => undefined)) !== undefined;
  checks.push(
    await checked('socket', () => checkSocket(running?.socket ?? directory.socket, isRunning)),
    await checked('store', () => checkStore(directory.store, inspect, wasUsed)),
    await checked('quarantine', () => checkQuarantine(directory.quarantine)),
    await checked('log', () => checkLog(directory.log)),
    ...(await checkedClients(path, context)),
  );
  return checks;
}

/** A hub that cannot answer is a finding, not the end of the examination. */
async function askHub(context: Context): Promise<Check | { status: HubStatus | undefined }> {
  try {
    return { status: (await runningHub(context))?.status };
  } catch (error) {
    const { code, message } = toWaggleError(error);
    return fail('hub', `${code}: ${message}`, 'waggle down, then waggle up shows why');
  }
}

/** Only where `waggle init` has written something: most swarms need nothing of that module. */
async function checkedClients(path: string, { env, clock }: Context): Promise<Check[]> {
  if ((await stat(journalPath(path)).catch(() => undefined)) === undefined) return [];
  try {
    const { checkClients } = await import('../doctor/client-checks.ts');
    return await checkClients(path, { home: homedir(), env, clock });
  } catch (error) {
    return [fail('clients', toWaggleError(error).message, 'see docs/clients.md')];
  }
}

async function inspect(file: string) {
  const { inspectStore } = await import('../../store/sqlite/inspect.ts');
  return inspectStore(file);
}

/** A check that cannot look has found something too. */
async function checked(name: string, check: () => Promise<Check>): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    return fail(name, `cannot be examined: ${toWaggleError(error).message}`, 'check that you may read it');
  }
}

function print({ name, status, detail, fix }: Check, { output }: Context): void {
  const { style } = output;
  const mark = { ok: style.good('ok  '), warn: style.warn('warn'), fail: style.bad('fail') }[status];
  output.line(`${mark} ${name.padEnd(11)} ${plain(detail)}`);
  if (fix !== undefined) output.line(`     ${''.padEnd(11)} ${style.accent('→')} ${plain(fix)}`);
}
