import type { TokenRole } from './policy.ts';

/** What is kept of a token: enough to recognise it, nothing to make it from. */
export interface AgentToken {
  readonly agent: string;
  /** Raised by every mint and never reused for the id, so that whoever held an earlier token is told apart. */
  readonly incarnation: number;
  readonly role: TokenRole;
  /** SHA-256 of the token's text, hex. */
  readonly hash: string;
  readonly issuedAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
}

export interface MintRequest {
  readonly agent: string;
  readonly role: TokenRole;
  readonly hash: string;
  readonly expiresAt?: number;
}

/**
 * One token per agent: minting replaces, so there is never a second live one. Removing an agent revokes its token; one
 * added again under the id starts without any, at a higher incarnation. Each call is atomic and durable.
 */
export interface TokenStore {
  /** `not_found` for an agent that is not registered. */
  mint(request: MintRequest): Promise<AgentToken>;
  /** The first time counts: revoking again answers the same. `not_found` where there never was a token. */
  revoke(agent: string): Promise<AgentToken>;
  /** The latest of every agent that ever had one, revoked and expired ones too; sorted by agent. */
  list(): Promise<AgentToken[]>;
}
