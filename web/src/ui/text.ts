import { plain } from '../../../src/plain.ts';

/**
 * Text of a peer as the page shows it: always as text, and with nothing in it that cannot be seen. Control characters
 * stand as their pictures, what hides or reorders its neighbours as its number.
 */
export function shown(text: string): string {
  return plain(
    text
      .replace(/\r\n/g, '\n')
      .replace(/[\u0000-\u0008\u000b-\u001f]/g, picture)
      .replaceAll('\u007f', '\u2421'),
  );
}

/** The same on one line. */
export function shownLine(text: string): string {
  return shown(text)
    .replace(/[\n\t]+/g, ' ')
    .trim();
}

function picture(control: string): string {
  return String.fromCharCode(0x2400 + control.charCodeAt(0));
}

/** A body as it is read: text as it is, JSON indented. */
export function bodyText(body: unknown): string {
  return shown(typeof body === 'string' ? body : JSON.stringify(body, null, 2));
}
