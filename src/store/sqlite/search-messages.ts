import { failpoint } from '../../failpoint.ts';
import type { OfParty, SearchHit } from '../../message/message-store.ts';
import type { Core } from './core.ts';
import { type MessageRow, toMessage } from './message-row.ts';

const maxWords = 32;

/** Puts the next messages, in accept order, into the full-text index. One short batch per call. */
export function indexNext(core: Core, limit: number): number {
  const through = Number(core.sql(`SELECT value FROM meta WHERE key = 'indexed_through'`).get()?.['value'] ?? 0);
  const last = core.sql('SELECT seq FROM messages WHERE seq > ? ORDER BY seq LIMIT 1 OFFSET ?').get(through, limit - 1);
  const until = Number(last?.['seq'] ?? core.sql('SELECT max(seq) AS seq FROM messages').get()?.['seq'] ?? 0);
  if (until <= through) return 0;
  const { changes } = core
    .sql(
      'INSERT INTO messages_fts (rowid, subject, body) SELECT seq, subject, body FROM messages WHERE seq > ? AND seq <= ?',
    )
    .run(through, until);
  failpoint('store.index.inserted');
  core
    .sql(`INSERT INTO meta VALUES ('indexed_through', ?) ON CONFLICT DO UPDATE SET value = excluded.value`)
    .run(String(until));
  failpoint('store.index.marked');
  return Number(changes);
}

/**
 * All words, newest first. Words are quoted, so no text of a user is ever read as query syntax (measured: a bare
 * `multi-agent` is "no such column: agent").
 */
export function searchMessages(
  core: Core,
  text: string,
  options: { limit: number; inbox?: string } & OfParty,
): SearchHit[] {
  const words = searchWords(text);
  if (words.length === 0) return [];
  const query = words.map((word) => `"${word}"`).join(' ');
  const { inbox, party } = options;
  const scope = `${inbox === undefined ? '' : 'AND m.inbox = ?'} ${party === undefined ? '' : 'AND (m.inbox = ? OR m.sender = ?)'}`;
  const scoped = [...(inbox === undefined ? [] : [inbox]), ...(party === undefined ? [] : [party, party])];
  const rows = core
    .sql(
      `SELECT m.*, snippet(messages_fts, -1, '', '', '…', 16) AS snippet
       FROM messages_fts JOIN messages AS m ON m.seq = messages_fts.rowid
       WHERE messages_fts MATCH ? ${scope} ORDER BY m.seq DESC LIMIT ? + 0`,
    )
    .all(query, ...scoped, options.limit);
  return (rows as unknown as (MessageRow & { snippet: string })[]).map((row) => ({
    message: toMessage(core, row),
    snippet: row.snippet,
  }));
}

export function searchWords(text: string): string[] {
  return (text.slice(0, 4_096).match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).slice(0, maxWords);
}
