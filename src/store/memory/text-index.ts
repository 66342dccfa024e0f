import type { Row } from './row.ts';

const wordPattern = /[\p{L}\p{N}]+/gu;
/** Words of a query that count; what follows is ignored, so that any text is a valid query. */
const maxQueryWords = 32;
const snippetLength = 120;

/** Which messages hold a word: posting lists in accept order, filled by the indexer after the accept. */
export class TextIndex {
  readonly #postings = new Map<string, Row[]>();
  /** Sequence of the newest message that was looked at. */
  indexedTo = 0;

  add(row: Row): void {
    for (const word of wordsOf(row)) {
      const rows = this.#postings.get(word);
      if (rows === undefined) this.#postings.set(word, [row]);
      else rows.push(row);
    }
  }

  /** Takes back the newest addition. */
  undoAdd(row: Row): void {
    for (const word of wordsOf(row)) this.#postings.get(word)?.pop();
  }

  /** Lets go of deleted messages. Not while an operation may still be undone. */
  sweep(): void {
    for (const [word, rows] of this.#postings) {
      const left = rows.filter((row) => !row.gone);
      if (left.length > 0) this.#postings.set(word, left);
      else this.#postings.delete(word);
    }
  }

  /** Messages that hold all words of the text, newest first. */
  find(text: string, limit: number, accepts: (row: Row) => boolean): Row[] {
    const words = [...new Set(splitWords(text).slice(0, maxQueryWords))];
    const rarest = words
      .map((word) => this.#postings.get(word) ?? [])
      .sort((a, b) => a.length - b.length)
      .at(0);
    const found: Row[] = [];
    if (rarest === undefined) return found;
    for (let at = rarest.length - 1; at >= 0 && found.length < limit; at -= 1) {
      const row = rarest[at];
      if (row === undefined || row.gone || !accepts(row)) continue;
      const held = wordsOf(row);
      if (words.every((word) => held.has(word))) found.push(row);
    }
    return found;
  }
}

/** The part of the message around the first word that was asked for. */
export function snippetOf(row: Row, text: string): string {
  const whole = row.subject === undefined ? row.body : `${row.subject} ${row.body}`;
  const wanted = new Set(splitWords(text));
  for (const match of whole.matchAll(wordPattern)) {
    if (!wanted.has(match[0].toLowerCase())) continue;
    const start = Math.max(0, match.index - snippetLength / 3);
    const end = Math.max(start + snippetLength, match.index + match[0].length);
    return `${start > 0 ? '…' : ''}${whole.slice(start, end)}${end < whole.length ? '…' : ''}`;
  }
  return whole.slice(0, snippetLength);
}

function wordsOf(row: Row): Set<string> {
  const words = new Set(splitWords(row.body));
  if (row.subject !== undefined) for (const word of splitWords(row.subject)) words.add(word);
  return words;
}

function splitWords(text: string): string[] {
  return (text.match(wordPattern) ?? []).map((word) => word.toLowerCase());
}
