// Loaded into a hub with --import: changes the settings of its store's connection from outside, so that the product
// needs no switch that could be left on.
//
// WAGGLE_TEST_WAL_PAGES=n checkpoints every n pages, so that a short life sees many checkpoints.
// WAGGLE_TEST_SYNC_OFF=1 is the broken build the power-loss tests must catch: after the hub has checked its connection,
// every commit runs with synchronous=NORMAL, which is what a compiled-in default would do.
import { DatabaseSync } from 'node:sqlite';

const pages = process.env.WAGGLE_TEST_WAL_PAGES;
const { exec, prepare } = DatabaseSync.prototype;

if (pages !== undefined) {
  DatabaseSync.prototype.exec = function (text) {
    exec.call(this, text.replace(/wal_autocheckpoint = \d+/, `wal_autocheckpoint = ${pages}`));
  };
}
if (process.env.WAGGLE_TEST_SYNC_OFF === '1') {
  DatabaseSync.prototype.prepare = function (text) {
    if (text === 'BEGIN IMMEDIATE') this.exec('PRAGMA synchronous = NORMAL');
    return prepare.call(this, text === 'PRAGMA synchronous = FULL' ? 'PRAGMA synchronous = NORMAL' : text);
  };
}
