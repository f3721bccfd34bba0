const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const ROOT = path.join(__dirname, '..');

/** @param {string} file */
const json = (file) => JSON.parse(fs.readFileSync(path.join(ROOT, file), 'utf8'));

const manifest = json('package.json');

test('contributed files exist', () => {
  const { languages, grammars, snippets } = manifest.contributes;
  const files = [
    ...languages.map((/** @type {{ configuration: string }} */ { configuration }) => configuration),
    ...[...grammars, ...snippets].map((/** @type {{ path: string }} */ { path }) => path),
  ];
  assert.equal(files.length, 3);
  for (const file of files) {
    assert.equal(typeof json(file), 'object', file);
  }
});

test('versions are pinned', () => {
  for (const [name, version] of Object.entries(manifest.devDependencies)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
  }
  assert.equal(manifest.dependencies, undefined, 'the extension is bundled');
});

test('the extension needs no newer editor than its types and its client', () => {
  const oldest = manifest.engines.vscode.replace('^', '');
  assert.equal(manifest.devDependencies['@types/vscode'], oldest);
  const client = json('node_modules/vscode-languageclient/package.json');
  assert.equal(client.engines.vscode, manifest.engines.vscode);
});

test('settings and commands are those that the extension uses', () => {
  const source = fs.readFileSync(path.join(ROOT, 'src/extension.js'), 'utf8');
  for (const { command } of manifest.contributes.commands) {
    assert.ok(source.includes(`'${command}'`), command);
  }
  const settings = Object.keys(manifest.contributes.configuration.properties);
  assert.deepEqual(settings, ['witgen.path', 'witgen.trace.server']);
});

test('snippets are snippets', () => {
  const prefixes = new Set();
  for (const [name, snippet] of Object.entries(json('snippets/wit.json'))) {
    for (const prefix of [snippet.prefix].flat()) {
      assert.equal(typeof prefix, 'string', name);
      assert.ok(!prefixes.has(prefix), `two snippets are called ${prefix}`);
      prefixes.add(prefix);
    }
    assert.equal(typeof snippet.description, 'string', name);
    const body = [snippet.body].flat().join('\n');
    const opened = body.split('{').length;
    assert.equal(opened, body.split('}').length, `${name} doesn't close its braces`);
  }
});

test('what is inserted at Enter continues documentation', () => {
  const { onEnterRules, wordPattern } = json('language-configuration.json');
  const [rule] = onEnterRules;
  assert.equal(rule.action.appendText, '/// ');
  assert.match('  /// text', new RegExp(rule.beforeText));
  assert.doesNotMatch('  // text', new RegExp(rule.beforeText));
  const words = 'read-all: func(%type: u8)'.match(new RegExp(wordPattern, 'g'));
  assert.deepEqual(words, ['read-all', 'func', '%type', 'u8']);
});
