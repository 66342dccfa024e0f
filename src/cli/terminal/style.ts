import { styleText } from 'node:util';

/** The few ways text is set apart. Each returns its text unchanged where colours are not wanted. */
export interface Style {
  strong(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  accent(text: string): string;
}

type Format = Parameters<typeof styleText>[0];

/** Colours on a terminal, unless NO_COLOR is set to anything (https://no-color.org) or the terminal is dumb. */
export function createStyle(isTerminal: boolean, env: NodeJS.ProcessEnv): Style {
  const isColoured = isTerminal && !env.NO_COLOR && env.TERM !== 'dumb';
  const set = (format: Format) => (text: string) =>
    isColoured ? styleText(format, text, { validateStream: false }) : text;
  return {
    strong: set('bold'),
    dim: set('dim'),
    good: set('green'),
    warn: set('yellow'),
    bad: set('red'),
    accent: set('cyan'),
  };
}
