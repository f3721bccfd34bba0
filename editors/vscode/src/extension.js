// Starts `witgen lsp` for WIT files.

const { execFile } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');
const vscode = require('vscode');
const { LanguageClient, TransportKind } = require('vscode-languageclient/node');

/** How to get the program, in one sentence. */
const HOW_TO_INSTALL =
  'Install it with `cargo install --locked witgen-toolkit`, or set `witgen.path` to where it is.';

/** What the files are called that the language server reads and nobody may have opened. */
const WATCHED = '**/{*.wit,witgen.toml,wkg.lock}';

/** The documents that the language server checks. */
const DOCUMENTS = [
  { scheme: 'file', language: 'wit' },
  { scheme: 'file', pattern: '**/witgen.toml' },
];

/** Commands of the language server that need the address of a document. */
const COMMANDS = ['witgen.fetch', 'witgen.generate'];

/** How long the program may take to say whether it has a language server, in milliseconds. */
const PROBE_TIMEOUT = 10_000;

/**
 * The language client and what belongs to it.
 *
 * @type {{ client: LanguageClient, watcher: vscode.FileSystemWatcher } | undefined}
 */
let running;

/**
 * What was begun last. Starts and stops come one after the other.
 *
 * @type {Promise<void>}
 */
let last = Promise.resolve();

/** @type {vscode.LogOutputChannel} */
let output;

/** @param {vscode.ExtensionContext} context */
async function activate(context) {
  output = vscode.window.createOutputChannel('WIT', { log: true });
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand('witgen.restart', restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('witgen.path')) {
        return restart();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
  );
  await restart();
}

function deactivate() {
  return next(stop);
}

/** Starts the language server, again if it runs. */
function restart() {
  return next(async () => {
    await stop();
    await start();
  });
}

/**
 * Does something after all that was begun before.
 *
 * @param {() => Promise<void>} action
 */
function next(action) {
  last = last.then(action).catch((error) => output.error(error));
  return last;
}

async function start() {
  const command = program();
  const cwd = firstFolder();
  const problem = await problemOf(command, cwd);
  if (problem !== undefined) {
    output.error(problem);
    // Nobody waits for the answer: the message stays until it is closed.
    void tell(problem);
    return;
  }
  const watcher = vscode.workspace.createFileSystemWatcher(WATCHED);
  const client = new LanguageClient(
    'witgen',
    'WIT',
    { command, args: ['lsp'], transport: TransportKind.stdio, options: { cwd } },
    {
      documentSelector: DOCUMENTS,
      outputChannel: output,
      synchronize: { fileEvents: watcher },
      middleware: {
        // From the palette, a command is about the active document.
        executeCommand: (command, args, next) => {
          const document = vscode.window.activeTextEditor?.document.uri.toString();
          const isAlone = COMMANDS.includes(command) && args.length === 0;
          return next(command, isAlone && document !== undefined ? [document] : args);
        },
      },
    },
  );
  running = { client, watcher };
  // The client shows why it fails.
  await client.start();
}

async function stop() {
  if (running === undefined) {
    return;
  }
  const { client, watcher } = running;
  running = undefined;
  watcher.dispose();
  await client.dispose();
}

/** Returns the program to start, as the settings have it. */
function program() {
  const setting = vscode.workspace.getConfiguration('witgen').get('path', '').trim() || 'witgen';
  if (setting.startsWith('~/')) {
    return path.join(os.homedir(), setting.slice(2));
  }
  const isName = path.basename(setting) === setting;
  const folder = firstFolder();
  return isName || folder === undefined ? setting : path.resolve(folder, setting);
}

/** Returns the first folder of the workspace that is on the disk. */
function firstFolder() {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.find((folder) => folder.uri.scheme === 'file')?.uri.fsPath;
}

/**
 * Returns why a program can't be the language server.
 *
 * @param {string} command
 * @param {string | undefined} cwd
 * @returns {Promise<string | undefined>}
 */
function problemOf(command, cwd) {
  return new Promise((resolve) => {
    execFile(command, ['lsp', '--help'], { cwd, timeout: PROBE_TIMEOUT }, (error) => {
      if (error === null) {
        resolve(undefined);
      } else if (typeof error.code === 'string') {
        const why = error.code === 'ENOENT' ? "can't be found" : `can't be started (${error.code})`;
        resolve(`The program \`${command}\` ${why}. ${HOW_TO_INSTALL}`);
      } else if (error.killed) {
        resolve(`The program \`${command}\` doesn't answer. ${HOW_TO_INSTALL}`);
      } else {
        resolve(
          `The program \`${command}\` has no language server: \`${command} lsp --help\` fails. It may be an old version. ${HOW_TO_INSTALL}`,
        );
      }
    });
  });
}

/**
 * Shows why there is no language server.
 *
 * @param {string} problem
 */
async function tell(problem) {
  const settings = 'Open settings';
  const again = 'Try again';
  const answer = await vscode.window.showErrorMessage(problem, again, settings);
  if (answer === settings) {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'witgen.path');
  } else if (answer === again) {
    await restart();
  }
}

module.exports = { activate, deactivate };
