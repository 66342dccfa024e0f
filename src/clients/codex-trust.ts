import { spawn } from 'node:child_process';
import { delimiter, join, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { findProgram } from './detect-clients.ts';
import { isOurHandler } from './hook-entries.ts';
import type { TrustQuestion, TrustState } from './trust-state.ts';

/** A cold start of the app server takes 2.6 s on a busy machine (measured). */
const patienceMs = 10_000;

const answer = z.object({
  id: z.number(),
  result: z
    .object({
      data: z
        .array(
          z.object({
            hooks: z.array(
              z.object({
                command: z.string().optional(),
                sourcePath: z.string(),
                enabled: z.boolean(),
                trustStatus: z.enum(['managed', 'untrusted', 'trusted', 'modified']),
              }),
            ),
          }),
        )
        .optional(),
    })
    .optional(),
});
type Hook = NonNullable<NonNullable<z.infer<typeof answer>['result']>['data']>[number]['hooks'][number];

/**
 * Asks Codex itself (`hooks/list` of its app server): trust hangs on a hash of each hook that only Codex can compute, and
 * a hook that was changed after it was trusted is not run.
 */
export async function codexTrust(question: TrustQuestion): Promise<TrustState> {
  const program = findProgram('codex', (question.env['PATH'] ?? '').split(delimiter));
  if (program === undefined) return { status: 'unknown', detail: 'codex is not on the PATH' };
  const listed = await listHooks(program, question);
  if (listed === undefined)
    return { status: 'unknown', detail: 'codex did not list its hooks; look with /hooks in codex' };
  const ours = listed.filter(
    (hook) => hook.sourcePath.startsWith(join(question.project, '.codex') + sep) && isOurHandler(hook),
  );
  if (ours.length === 0)
    return { status: 'missing', detail: 'the folder is not trusted yet: start codex here and accept it' };
  const waiting = ours.filter(({ trustStatus }) => trustStatus === 'untrusted' || trustStatus === 'modified');
  if (waiting.length > 0)
    return {
      status: 'missing',
      detail: `${waiting.length} of ${ours.length} hooks are not reviewed yet: start codex here, then /hooks`,
    };
  if (ours.some(({ enabled }) => !enabled))
    return { status: 'missing', detail: 'a hook was switched off; look with /hooks in codex' };
  return { status: 'given', detail: `folder trusted, ${ours.length} hooks reviewed` };
}

/** Undefined when the program is of another kind, fails or takes too long. */
function listHooks(program: string, { project, env, clock }: TrustQuestion): Promise<Hook[] | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, ['app-server'], { cwd: project, env: { ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
    const settle = (hooks: Hook[] | undefined) => {
      cancel();
      child.kill();
      resolve(hooks);
    };
    const cancel = clock.setTimer(patienceMs, () => settle(undefined));
    const send = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);
    child.on('error', () => settle(undefined)).on('exit', () => settle(undefined));
    child.stdin.on('error', () => settle(undefined));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = parseAnswer(line);
      if (message?.id === 1) {
        send({ method: 'initialized' });
        send({ id: 2, method: 'hooks/list', params: { cwds: [project] } });
      } else if (message?.id === 2) {
        settle(message.result?.data?.flatMap(({ hooks }) => hooks));
      }
    });
    send({ id: 1, method: 'initialize', params: { clientInfo: { name: 'waggle', version: '0' } } });
  });
}

/** Notifications and whatever a newer server adds are passed over. */
function parseAnswer(line: string): z.infer<typeof answer> | undefined {
  try {
    return answer.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
