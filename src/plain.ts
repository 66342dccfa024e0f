/**
 * Text from peers as a terminal may show it. Whoever can put bytes into a message must not be able to move the cursor,
 * recolour the screen, set the window title or make a line read differently from what it says.
 */

/** C0 and C1 controls and DEL, except newline and tab: they command terminals, so they are dropped. */
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Characters that are invisible or reorder their neighbours: shown by number, so that nothing hides in a text. */
const deceptive =
  /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** Safe to print, newlines and tabs kept. */
export function plain(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(controls, '')
    .replace(deceptive, (char) => `\\u{${Number(char.codePointAt(0)).toString(16).toUpperCase()}}`);
}

/** Safe to print inside one line or one cell. */
export function plainLine(text: string): string {
  return plain(text)
    .replace(/[\n\t]+/g, ' ')
    .trim();
}

/** `plainLine`, cut to a width with an ellipsis. */
export function plainExcerpt(text: string, width: number): string {
  // Cut before cleaning: a body may be 256 KiB and only its beginning is shown.
  const line = plainLine(text.slice(0, width * 4));
  const chars = Array.from(line);
  const isCut = chars.length > width || text.length > width * 4;
  return isCut ? `${chars.slice(0, Math.max(0, width - 1)).join('')}…` : line;
}

/**
 * A JSON text on one line, with every deceptive character escaped. In valid JSON a newline can only stand between
 * tokens and the others only inside strings, so the value stays exactly the same, digits and key order included.
 */
export function jsonLine(json: string): string {
  return json
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\u007f-\u009f]/g, escapeUnit)
    .replace(deceptive, (char) => Array.from({ length: char.length }, (_, at) => escapeUnit(char.charAt(at))).join(''));
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
