import type { WaggleError } from '../../errors.ts';
import { plain } from '../../plain.ts';
import type { Output } from './output.ts';

/** `code: what, value, what to do` for the person; with `--json` also the document, the only one on stdout. */
export function printError(error: WaggleError, output: Output, isJson: boolean): void {
  if (isJson) output.json(errorJson(error));
  output.note(`${output.errorStyle.bad(error.code)}: ${plain(error.message)}`);
}

/** Details are facts of ours, but a value that cannot be written must not hide the error it belongs to. */
function errorJson(error: WaggleError): string {
  try {
    return JSON.stringify({ error: error.toDocument() });
  } catch {
    return JSON.stringify({ error: { ...error.toDocument(), details: {} } });
  }
}
