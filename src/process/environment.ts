import type { AgentProcess } from './process.ts';

/** What another room puts into an agent's environment at each start, e.g. a token of its own. Called once a life. */
export type EnvironmentProvider = (
  life: Pick<AgentProcess, 'agent' | 'incarnation'>,
) => Promise<Readonly<Record<string, string>>>;

/** Of the terminal or the Waggle command that the caller sat at, not of the agent's. */
const notForAgents = /^(WAGGLE_.*|TMUX|TMUX_PANE|NODE_CHANNEL_.*)$/;

/** The caller's environment as the agent's begins with it. */
export function inheritable(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined || notForAgents.test(name) ? [] : [[name, value]],
    ),
  );
}
