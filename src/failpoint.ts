/**
 * Named points at which a fault test may stop the process. Unarmed (always, outside tests) a point costs one compare.
 * `WAGGLE_FAILPOINT=name` or `name:3` kills the process with SIGKILL at the first or third pass of that point, which is
 * what a power button does: no handler runs, nothing is flushed.
 */
const armed = parse(process.env['WAGGLE_FAILPOINT']);
let passes = 0;

export function failpoint(name: string): void {
  if (armed === undefined || armed.name !== name) return;
  passes += 1;
  if (passes === armed.pass) process.kill(process.pid, 'SIGKILL');
}

function parse(text: string | undefined): { name: string; pass: number } | undefined {
  if (!text) return undefined;
  const [name = '', pass = '1'] = text.split(':');
  return { name, pass: Number(pass) };
}
