// Starts code-server with the packed extension, does in a browser what a user would, and takes pictures.

const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
// @ts-ignore: editor.sh installs it elsewhere.
const puppeteer = require('puppeteer-core');

const [cache, pictures] = process.argv.slice(2);
const extension = path.join(__dirname, '../..');
const repository = path.join(extension, '../..');
const fake = path.join(__dirname, 'witgen');
const witgen = path.resolve(process.env.WITGEN ?? fake);
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const entry = path.join(cache, 'node_modules/code-server/out/node/entry.js');

const TIMEOUT = 60_000;

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        resolve(address !== null && typeof address === 'object' ? address.port : 0),
      );
    });
  });
}

/**
 * Waits until something is so.
 *
 * @template T
 * @param {string} what
 * @param {() => Promise<T> | T} check
 * @returns {Promise<NonNullable<T>>}
 */
async function until(what, check) {
  const end = Date.now() + TIMEOUT;
  for (;;) {
    const result = await check();
    if (result) {
      return result;
    }
    if (Date.now() > end) {
      throw new Error(`not in time: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * Runs code-server with a program as the language server.
 *
 * @param {any} browser
 * @param {string} program
 * @param {(page: any, log: () => string[]) => Promise<void>} use
 */
async function withEditor(browser, program, use) {
  const folder = fs.mkdtempSync(path.join(cache, 'run-'));
  const log = path.join(folder, 'log');
  const data = path.join(folder, 'data');
  const extensions = path.join(folder, 'extensions');
  const workspace = path.join(folder, 'wit');
  fs.cpSync(path.join(repository, 'wit'), workspace, { recursive: true });
  fs.mkdirSync(path.join(data, 'User'), { recursive: true });
  const settings = {
    'security.workspace.trust.enabled': false,
    'telemetry.telemetryLevel': 'off',
    'window.menuBarVisibility': 'hidden',
    'witgen.path': program,
    'workbench.colorTheme': 'Default Light Modern',
    'workbench.startupEditor': 'none',
  };
  fs.writeFileSync(path.join(data, 'User/settings.json'), JSON.stringify(settings));
  const config = path.join(folder, 'config.yaml');
  fs.writeFileSync(config, 'auth: none\n');
  const places = ['--config', config, '--user-data-dir', data, '--extensions-dir', extensions];
  const packed = fs.readdirSync(extension).filter((name) => name.endsWith('.vsix'));
  assert.equal(packed.length, 1, 'there is not one packed extension: run `npm run package`');
  const vsix = path.join(extension, packed[0]);
  execFileSync('node', [entry, ...places, '--install-extension', vsix], { stdio: 'inherit' });

  const port = await freePort();
  const args = [
    '--bind-addr',
    `127.0.0.1:${port}`,
    '--disable-telemetry',
    '--disable-update-check',
  ];
  const server = spawn('node', [entry, ...places, ...args], {
    env: { ...process.env, FAKE_WITGEN_LOG: log },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await until('code-server answers', () =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        (response) => response.ok,
        () => false,
      ),
    );
    const page = await browser.newPage();
    await page.setViewport({ width: 1200, height: 800 });
    const file = `vscode-remote://127.0.0.1:${port}${workspace}/types.wit`;
    const payload = encodeURIComponent(JSON.stringify([['openFile', file]]));
    await page.goto(
      `http://127.0.0.1:${port}/?folder=${encodeURIComponent(workspace)}&payload=${payload}`,
    );
    await use(page, () => (fs.existsSync(log) ? fs.readFileSync(log, 'utf8').split('\n') : []));
    await page.close();
  } finally {
    server.kill();
    await new Promise((resolve) => server.once('exit', resolve));
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/**
 * Returns the text that a part of the page shows, with plain spaces.
 *
 * @param {any} page
 * @param {string} selector
 * @returns {Promise<string>}
 */
async function text(page, selector) {
  const texts = await page.$$eval(selector, (/** @type {any[]} */ found) =>
    found.map((element) => element.innerText),
  );
  return texts.join('\n').replaceAll('\u00a0', ' ');
}

/**
 * Returns the first part of a line of the editor that is a word, and its colour.
 *
 * @param {any} page
 * @param {string} word
 */
function token(page, word) {
  return page.evaluateHandle((/** @type {string} */ word) => {
    // @ts-ignore: this runs in the browser.
    const parts = [...document.querySelectorAll('.view-line span span')];
    return parts.find((part) => part.textContent.trim() === word);
  }, word);
}

/**
 * Runs a command by the name that users see.
 *
 * @param {any} page
 * @param {string} name
 */
async function command(page, name) {
  await page.keyboard.press('F1');
  await page.waitForSelector('.quick-input-widget input', { visible: true, timeout: TIMEOUT });
  await page.keyboard.type(name);
  await until(`the command ${name}`, async () =>
    (await text(page, '.quick-input-list .monaco-list-row')).includes(name),
  );
  await page.keyboard.press('Enter');
}

async function main() {
  const browser = await puppeteer.launch({
    executablePath: chromium,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    await withEditor(browser, witgen, async (page, log) => {
      const isFake = witgen === fake;
      await until('the text is shown', async () =>
        (await text(page, '.view-lines')).includes('package wasi:http'),
      );
      await until('the language is WIT', async () =>
        (await text(page, '.statusbar')).includes('WIT'),
      );
      const colours = await until('the text has colours', async () => {
        const colours = [];
        for (const word of ['interface', 'types']) {
          const handle = await token(page, word);
          colours.push(
            // @ts-ignore: this runs in the browser.
            await handle.evaluate(
              (/** @type {any} */ part) => part && getComputedStyle(part).color,
            ),
          );
        }
        return colours[0] && colours[1] && colours[0] !== colours[1] ? colours : undefined;
      });
      console.log(`highlighting: \`interface\` is ${colours[0]}, its name ${colours[1]}`);
      if (isFake) {
        await until('the server is started', () => log().includes('textDocument/didOpen'));
        await page.waitForSelector('.squiggly-warning', { timeout: TIMEOUT });
        console.log('diagnostics: shown');
      }

      await until('the hover', async () => {
        // The editor may have drawn the word anew, or have moved it.
        await page.mouse.move(0, 0);
        await (await token(page, 'types')).hover();
        await new Promise((resolve) => setTimeout(resolve, 1000));
        return (await text(page, '.monaco-hover')).trim() !== '';
      });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      console.log(`hover: ${JSON.stringify(await text(page, '.monaco-hover'))}`);
      await page.screenshot({ path: path.join(pictures, 'hover.png') });
      await page.keyboard.press('Escape');

      // The end of the documentation's second line.
      await (await token(page, 'package')).click();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('End');
      await page.keyboard.press('Enter');
      await page.keyboard.type('It goes on.');
      await until('the documentation goes on', async () =>
        (await text(page, '.view-lines')).includes('/// It goes on.'),
      );
      console.log('Enter: continues documentation');

      if (isFake) {
        await command(page, 'WIT: Restart the language server');
        await until('the server is started again', () => {
          const started = log().filter((method) => method === 'initialize').length;
          return started === 2 && log().includes('shutdown');
        });
        console.log('restart: done');
      }
    });

    await withEditor(browser, 'no-such-program', async (page) => {
      const message = await until('the error message', async () => {
        const message = await text(page, '.notification-list-item-message');
        return message.includes('no-such-program') && message;
      });
      console.log(`without the program: ${JSON.stringify(message)}`);
      await page.screenshot({ path: path.join(pictures, 'missing.png') });
    });
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
