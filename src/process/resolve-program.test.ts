import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../testing/temp-hub.ts';
import { resolveProgram } from './resolve-program.ts';

test('a program is found as a shell would find it', () => {
  using folder = tempFolder();
  const at = (name: string) => join(folder.path, name);
  for (const name of ['bin', 'other', 'bin/folder']) mkdirSync(at(name));
  for (const name of ['here', 'bin/tool', 'other/tool', 'bin/text']) writeFileSync(at(name), '#!/bin/sh\n');
  for (const name of ['here', 'bin/tool', 'other/tool']) chmodSync(at(name), 0o755);
  const found = (name: string, path?: string) => resolveProgram(name, folder.path, path);
  const path = [at('bin'), at('other')].join(delimiter);
  expect(found('tool', path)).toBe(at('bin/tool'));
  expect(found('tool', ['other', 'bin'].join(delimiter))).toBe(at('other/tool')); // folders of the caller's
  expect(found('here', `${path}${delimiter}`)).toBe(at('here')); // an empty part is the caller's own folder
  expect(found('./bin/tool')).toBe(at('bin/tool'));
  expect(found(at('bin/tool'), '')).toBe(at('bin/tool'));
  for (const name of ['text', 'folder', 'nothing', 'bin/text']) expect(found(name, path), name).toBeUndefined();
  expect(found('tool')).toBeUndefined();
});
