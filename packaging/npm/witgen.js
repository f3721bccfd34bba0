#!/usr/bin/env node
// Runs the program of the package for this platform, which npm installs as an optional dependency.
'use strict';

const { spawn } = require('node:child_process');

// Written by scripts/build-npm.py: the packages by platform, and the address of the manual.
const { packages, manual } = require('./packages.json');

/** Whether the C library is musl's. Node.js reports the version of glibc if it runs on that. */
function isMusl() {
  if (process.platform !== 'linux') return false;
  // Otherwise the report looks up the name of every peer of an open connection.
  process.report.excludeNetwork = true;
  return !process.report.getReport().header.glibcVersionRuntime;
}

/** The packages whose program runs here, the best one first. */
function candidates() {
  const platform = `${process.platform}-${process.arch}`;
  // The programs for musl are static, and also run on glibc.
  const names = isMusl() ? [`${platform}-musl`] : [platform, `${platform}-musl`];
  return names.filter((name) => name in packages).map((name) => packages[name]);
}

/** The path of the program, or undefined. */
function find(names) {
  for (const name of names) {
    try {
      return require.resolve(`${name}/bin/witgen${process.platform === 'win32' ? '.exe' : ''}`);
    } catch {
      // npm may have left it out.
    }
  }
}

function fail(lines) {
  console.error(lines.join('\n'));
  process.exit(2);
}

const names = candidates();
if (names.length === 0) {
  const platform = `${process.platform}-${process.arch}${isMusl() ? '-musl' : ''}`;
  fail([
    `error: witgen has no program for ${platform}`,
    `  supported: ${Object.keys(packages).join(', ')}`,
    '  help: build it with Rust: `cargo install --locked witgen-toolkit`',
    `  help: ${manual} lists other ways`,
  ]);
}
const program = find(names);
if (!program) {
  fail([
    `error: the package \`${names[0]}\`, which has witgen's program for this platform, isn't installed`,
    '  help: npm leaves it out with `--omit=optional`, and if `node_modules` or the lock file was made on another platform;',
    '  help: delete `node_modules` and run `npm install` here',
  ]);
}

// The program decides what signals do; this comes before its start, so that none ends this process alone. A terminal sends
// Ctrl-C to both processes, and some programs stop at once if it comes twice; editors and service managers send the other
// signals to this process alone.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) {
  // Handlers run after all statements here, so there is a child.
  process.on(signal, () => child.kill(signal));
}
const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
child.on('error', (error) => fail([`error: cannot run \`${program}\`: ${error.message}`]));
child.on('exit', (status, signal) => {
  if (signal) {
    // Ends as the program ended.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else {
    process.exitCode = status;
  }
});
