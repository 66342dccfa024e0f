#!/usr/bin/env node
// Plain old JavaScript on purpose: a Node that is far too old must get as far as the sentence below, so nothing here
// may use syntax or modules younger than the oldest Node somebody still has. Everything else is in dist/cli/main.js.
var version = process.versions.node;
var parts = version.split('.');
var major = Number(parts[0]);
var minor = Number(parts[1]);

if (major < 22 || (major === 22 && minor < 23)) {
  process.stderr.write('Waggle needs Node 22.23 or newer (you have ' + version + '): install Node 24\n');
  process.exitCode = 1;
} else {
  start();
}

function start() {
  // node:sqlite announces itself as experimental on every start; that is our decision to know, not the user's.
  var emitWarning = process.emitWarning;
  process.emitWarning = function (warning) {
    if (String(warning).indexOf('SQLite is an experimental feature') !== -1) return;
    emitWarning.apply(process, arguments);
  };
  // Halves the start. Not while coverage is collected: V8 counts functions from a cache less precisely.
  if (!process.env.NODE_V8_COVERAGE) process.getBuiltinModule('node:module').enableCompileCache();
  import('../dist/cli/main.js').then(
    function (cli) {
      return cli.main(process.argv.slice(2));
    },
    function (error) {
      var missing = error && error.code === 'ERR_MODULE_NOT_FOUND';
      process.stderr.write(
        missing
          ? 'internal: part of Waggle is missing (' +
              error.message +
              '): build it with npm run build, or install it again\n'
          : 'internal: Waggle could not start: ' + (error && error.stack) + '\n',
      );
      process.exitCode = 1;
    },
  );
}
