import { hash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { invalidInput, WaggleError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { TokenRole } from './policy.ts';
import { removeTokenFile, writeTokenFile } from './token-file.ts';
import type { AgentToken } from './token-store.ts';
import { claimedAgent, newTokenText, tokenHash } from './token-text.ts';

/** An agent as its token proves it: the id, which life of it, and what it may do. */
export interface AgentIdentity {
  readonly agent: string;
  readonly incarnation: number;
  readonly role: TokenRole;
}

export interface MintOptions {
  /** Default `agent`. */
  readonly role?: TokenRole;
  /** The token ends this long from now; default never. */
  readonly expiresInMs?: number;
}

/** What a mint tells: where the token is, never the token. */
export interface MintedToken extends AgentIdentity {
  /** Absolute; what `WAGGLE_TOKEN_FILE` of the agent's process names. */
  readonly file: string;
  readonly issuedAt: number;
  readonly expiresAt?: number;
}

interface Live {
  readonly token: AgentToken;
  /** Aborts when this incarnation is over. */
  readonly ended: AbortController;
}

export interface AgentIdentitiesOptions {
  readonly store: Pick<Store, 'tokens'>;
  readonly clock: Clock;
  /** Folder of the agents' files; undefined for a hub that has no directory and so nobody to hand a token to. */
  readonly folder: string | undefined;
}

/**
 * Mints and revokes the agents' tokens, and tells from memory who a token belongs to: every request asks, so asking
 * reads nothing. The store stays the truth; memory is loaded from it at the start and follows each change before the
 * change is answered.
 */
export class AgentIdentities {
  readonly #options: AgentIdentitiesOptions;
  readonly #live = new Map<string, Live>();

  constructor(options: AgentIdentitiesOptions) {
    this.#options = options;
  }

  /** To be awaited before a door opens: until then no agent's token is known. */
  async load(): Promise<void> {
    for (const token of await this.#options.store.tokens.list()) this.#follow(token);
  }

  /**
   * A new token for a registered agent, written to its file. The former one is refused from now on, on open connections
   * too. A crash between store and file leaves an agent without a usable token: mint again. `not_found`: no such agent.
   */
  async mintFor(agent: string, { role = 'agent', expiresInMs }: MintOptions = {}): Promise<MintedToken> {
    const { store, clock, folder } = this.#options;
    if (folder === undefined) {
      throw new WaggleError('not_supported', 'this hub has no directory to put a token in; run it with: waggle up');
    }
    if (expiresInMs !== undefined && expiresInMs <= 0)
      throw invalidInput('expiresInMs', expiresInMs, 'must be positive');
    const text = newTokenText(agent);
    const ends = expiresInMs === undefined ? {} : { expiresAt: clock.now() + expiresInMs };
    const token = await store.tokens.mint({ agent, role, hash: tokenHash(text), ...ends });
    this.#follow(token);
    if (!this.isLive(token)) {
      throw new WaggleError(
        'illegal_transition',
        `agent ${agent}: its token was replaced or revoked meanwhile; ask again`,
      );
    }
    const file = writeTokenFile(folder, agent, text);
    return { agent, role, incarnation: token.incarnation, file, issuedAt: token.issuedAt, ...ends };
  }

  /**
   * For the environment of an agent's program, at each start of it: a token of this life, so that the one before is
   * refused. Its role is that of the token it has now. Nothing where no token can be minted.
   */
  async environmentOf(agent: string): Promise<Readonly<Record<string, string>>> {
    if (this.#options.folder === undefined) return {};
    const { role } = this.tokenOf(agent) ?? {};
    const { file } = await this.mintFor(agent, role === undefined ? {} : { role });
    return { WAGGLE_TOKEN_FILE: file };
  }

  /** Ends the agent's token and takes its file away. Again: the same answer. `not_found`: it never had one. */
  async revoke(agent: string): Promise<AgentToken> {
    const token = await this.#options.store.tokens.revoke(agent);
    this.#end(agent);
    if (this.#options.folder !== undefined) removeTokenFile(this.#options.folder, agent);
    return token;
  }

  /** For whoever removed the agent, which ended its token in the store. */
  forget(agent: string): void {
    this.#end(agent);
    if (this.#options.folder !== undefined) removeTokenFile(this.#options.folder, agent);
  }

  /** Whose token this is; undefined unless it is live. As slow for a wrong token as for a right one. */
  authenticate(text: string): AgentIdentity | undefined {
    const agent = claimedAgent(text);
    const token = agent === undefined ? undefined : this.#live.get(agent)?.token;
    const isRight = timingSafeEqual(digest(text), Buffer.from(token?.hash ?? noHash, 'hex'));
    if (token === undefined || !isRight || this.#isOver(token)) return undefined;
    return { agent: token.agent, incarnation: token.incarnation, role: token.role };
  }

  /** Whether this incarnation may still act. */
  isLive({ agent, incarnation }: Pick<AgentIdentity, 'agent' | 'incarnation'>): boolean {
    const token = this.#live.get(agent)?.token;
    return token !== undefined && token.incarnation === incarnation && !this.#isOver(token);
  }

  /** Aborts when this incarnation is replaced or revoked: what waits in its name need not wait on. */
  endOf({ agent, incarnation }: Pick<AgentIdentity, 'agent' | 'incarnation'>): AbortSignal {
    const live = this.#live.get(agent);
    return live !== undefined && live.token.incarnation === incarnation ? live.ended.signal : AbortSignal.abort();
  }

  /** The latest live token of an agent, without its secret. */
  tokenOf(agent: string): AgentToken | undefined {
    const token = this.#live.get(agent)?.token;
    return token === undefined || this.#isOver(token) ? undefined : token;
  }

  /** Answers of the store may be followed out of their order; the highest incarnation stands. */
  #follow(token: AgentToken): void {
    if ((this.#live.get(token.agent)?.token.incarnation ?? 0) > token.incarnation) return;
    this.#end(token.agent);
    if (token.revokedAt === undefined) this.#live.set(token.agent, { token, ended: new AbortController() });
  }

  #end(agent: string): void {
    this.#live.get(agent)?.ended.abort(over);
    this.#live.delete(agent);
  }

  #isOver({ expiresAt }: AgentToken): boolean {
    return expiresAt !== undefined && expiresAt <= this.#options.clock.now();
  }
}

/** Made once, because without a reason every abort makes an exception with its stack. */
const over = new WaggleError('unauthorized', 'this incarnation of the agent is over');

/** The hash of no token: compared with where there is none, so that an unknown agent costs as long as a wrong secret. */
const noHash = '00'.repeat(32);

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
