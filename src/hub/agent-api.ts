import type { Agent, AgentState } from '../agent/agent.ts';
import type { Liveness, Sign } from '../agent/liveness.ts';
import type { TokenRole } from '../agent/policy.ts';
import type { JsonObject } from '../context/context.ts';
import type { QueueStats } from '../message/message-store.ts';
import type { WireProcess } from './process-api.ts';

/** The registry: who there is, what each says of itself, and its token. */
export interface AgentApi {
  'agent.add': { input: AgentInput; output: WireAgent; repeat: 'looked-up' };
  'agent.list': {
    input: { role?: string; skill?: string };
    output: { agents: readonly WireAgentView[] };
    repeat: 'safe';
  };
  'agent.show': {
    input: { id: string };
    output: WireAgentView & { inbox: QueueStats & { oldestReadyAt?: string }; process?: WireProcess };
    repeat: 'safe';
  };
  'agent.remove': { input: { id: string; cancelOpen?: boolean }; output: RemoveOutput; repeat: 'looked-up' };
  'agent.import': { input: AgentImportInput; output: { id: string; imported: boolean }; repeat: 'recounted' };
  'agent.report': { input: AgentReportInput; output: WireAgent; repeat: 'safe' };
  'agent.token': { input: AgentTokenInput; output: WireMintedToken; repeat: 'recounted' };
  'agent.revoke': { input: { id: string }; output: WireRevokedToken; repeat: 'safe' };
  'agent.heartbeat': { input: { id: string; client?: string }; output: WireAgent; repeat: 'safe' };
}

export interface AgentInput {
  readonly id: string;
  readonly role?: string;
  readonly skills?: readonly string[];
  readonly client?: string;
  /** A lead's token reaches the agents of its team. */
  readonly team?: string;
  readonly capacity?: number;
  /** Absolute path of the folder it works in. */
  readonly workspace?: string;
}

/** An agent of another system, as that one left it. */
export interface AgentImportInput extends AgentInput {
  readonly state: AgentState;
  readonly stateReason?: string;
  /** When that was so, ISO 8601; also when it was last heard of. */
  readonly stateAt?: string;
  /** What becomes its first context. */
  readonly context?: JsonObject;
}

export interface AgentReportInput {
  readonly id: string;
  readonly state: AgentState;
  readonly reason?: string;
}

export interface AgentTokenInput {
  readonly id: string;
  /** Default `agent`. */
  readonly role?: TokenRole;
  /** The token ends this long from now; default never. */
  readonly expiresInMs?: number;
}

/** Where the token is, never the token itself. */
export interface WireMintedToken {
  readonly agent: string;
  readonly role: TokenRole;
  readonly incarnation: number;
  readonly file: string;
  readonly issuedAt: string;
  readonly expiresAt?: string;
}

export interface WireRevokedToken {
  readonly agent: string;
  readonly incarnation: number;
  readonly revokedAt: string;
}

export interface RemoveOutput {
  readonly id: string;
  /** Open messages cancelled with it; null when the answer that counted them was lost. */
  readonly cancelled: number | null;
}

export type WireAgent = Omit<Agent, 'createdAt' | 'lastSeenAt' | 'stateAt'> & {
  readonly createdAt: string;
  readonly stateAt?: string;
  readonly lastSeenAt?: string;
};

/** With what the hub makes of it. `token` is there while it has a live one of its own. */
export type WireAgentView = WireAgent & {
  readonly liveness: Liveness;
  /** What the liveness rests on, newest first. */
  readonly evidence: readonly (Omit<Sign, 'at'> & { readonly at: string })[];
  readonly token?: { readonly role: TokenRole; readonly incarnation: number };
};
