import { existsSync } from 'node:fs';
import type { Client } from '../../clients/client.ts';
import { clientTrust } from '../../clients/client-trust.ts';
import { knownClients } from '../../clients/known-clients.ts';
import { readProjectFile, textOf } from '../../clients/project-file.ts';
import { readJournal } from '../../clients/setup-journal.ts';
import type { TrustQuestion } from '../../clients/trust-state.ts';
import { toWaggleError } from '../../errors.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** One check for each client `waggle init` has set up here: are the entries still there, do they lead anywhere, are they allowed? */
export async function checkClients(directory: string, question: Omit<TrustQuestion, 'project'>): Promise<Check[]> {
  const files = Object.values(readJournal(directory).files);
  const owners = new Set(files.map(({ owner }) => owner));
  const clients = knownClients.filter(({ name }) => owners.has(name));
  return Promise.all(
    clients.map((client) => {
      const project = files.find(({ owner }) => owner === client.name)?.project ?? '';
      return checkClient(client, directory, { ...question, project });
    }),
  );
}

async function checkClient(client: Client, directory: string, question: TrustQuestion): Promise<Check> {
  try {
    const problem = settingsProblem(client, directory, question.project);
    if (problem !== undefined) return warn(client.name, problem, `waggle init --client ${client.name}`);
    const { status, detail } = await clientTrust(client, question);
    if (status === 'missing') return warn(client.name, detail, client.trust);
    return ok(
      client.name,
      status === 'given' ? detail : `set up; whether you allowed it cannot be seen here (${detail})`,
    );
  } catch (error) {
    return fail(client.name, toWaggleError(error).message, `mend it, then waggle init --client ${client.name}`);
  }
}

/** What is wrong with our entries in a client's settings; undefined when nothing is. */
function settingsProblem(client: Client, directory: string, project: string): string | undefined {
  for (const file of client.files({ words: ['waggle'], agent: 'any', directory })) {
    const text = textOf(readProjectFile(project, file.path), file.path);
    if (text === undefined || file.remove(text) === text) return `${file.path} has no entries of Waggle any more`;
    const gone = [...text.matchAll(/\/[^\s'"]*\/waggle\.js/g)].map(([path]) => path).find((path) => !existsSync(path));
    if (gone !== undefined) return `${file.path} runs ${gone}, which is gone`;
  }
  return undefined;
}
