const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { before, test } = require('node:test');
const { Tokenized, loadGrammar } = require('./tokenize.js');

const REPOSITORY = path.join(__dirname, '../../..');

/** @type {import('vscode-textmate').IGrammar} */
let grammar;

before(async () => {
  grammar = await loadGrammar();
});

/**
 * Checks scopes at places: a piece of a line that is there once, the word in it, and one of its scopes.
 *
 * @param {string} file
 * @param {[line: string, word: string, scope: string][]} places
 */
function check(file, places) {
  const tokenized = new Tokenized(grammar, fs.readFileSync(file, 'utf8'));
  for (const [line, word, scope] of places) {
    const scopes = tokenized.scopes(line, word);
    assert.ok(scopes.includes(scope), `${word} in \`${line}\`: ${scopes.join(' ')}, not ${scope}`);
  }
  return tokenized;
}

test('every construct has its scopes', () => {
  const tokenized = check(path.join(__dirname, 'fixtures/all.wit'), [
    ['// A file', 'A file', 'comment.line.double-slash.wit'],
    ['package test:all', 'package', 'keyword.declaration.package.wit'],
    ['package test:all', 'test', 'entity.name.namespace.wit'],
    ['package test:all', 'all', 'entity.name.namespace.package.wit'],
    ['@1.2.3-rc.1+build.5', '@', 'punctuation.separator.version.wit'],
    ['@1.2.3-rc.1+build.5', '1.2', 'constant.numeric.version.wit'],
    ['@1.2.3-rc.1+build.5', 'build.5', 'constant.numeric.version.wit'],
    ['A comment /* in a comment */ that goes on.', 'that goes on', 'comment.block.wit'],
    ['use wasi:io/streams@0.2.0 as top-level;', 'use', 'keyword.control.use.wit'],
    ['use wasi:io/streams@0.2.0 as top-level;', 'wasi', 'entity.name.namespace.wit'],
    ['use wasi:io/streams@0.2.0 as top-level;', 'io', 'entity.name.namespace.package.wit'],
    ['use wasi:io/streams@0.2.0 as top-level;', 'streams', 'entity.name.type.interface.wit'],
    ['use wasi:io/streams@0.2.0 as top-level;', 'as', 'keyword.control.as.wit'],

    ['/// Documentation with', '///', 'punctuation.definition.comment.wit'],
    ['/// Documentation with', 'Documentation', 'comment.line.documentation.wit'],
    ['with `code` and', 'code', 'markup.inline.raw.string.markdown'],
    ['and **bold**', 'bold', 'markup.bold.markdown'],
    ['/// const code = 1;', 'const', 'markup.fenced_code.block.markdown'],
    ['@since(version = 1.0.0-rc-2026', '@', 'punctuation.definition.gate.wit'],
    ['@since(version = 1.0.0-rc-2026', 'since', 'entity.other.attribute-name.wit'],
    ['@since(version = 1.0.0-rc-2026', 'version', 'variable.parameter.gate.wit'],
    ['@since(version = 1.0.0-rc-2026', '1.0.0', 'constant.numeric.version.wit'],
    ['@deprecated(version = 1.2.0)', 'deprecated', 'entity.other.attribute-name.wit'],
    ['@unstable(feature = big-things)', 'feature', 'variable.parameter.gate.wit'],
    ['@unstable(feature = big-things)', 'big-things', 'constant.other.feature.wit'],
    ['@external-id("a', 'external-id', 'entity.other.attribute-name.wit'],
    ['"a \\"name\\""', 'name', 'string.quoted.double.wit'],
    ['"a \\"name\\""', '\\"', 'constant.character.escape.wit'],

    ['interface types {', 'interface', 'keyword.declaration.interface.wit'],
    ['interface types {', 'types', 'entity.name.type.interface.wit'],
    ['types@0.3.2.{duration, instant as moment}', '0.3.2', 'constant.numeric.version.wit'],
    [
      'types@0.3.2.{duration, instant as moment}',
      '{duration',
      'punctuation.section.block.begin.wit',
    ],
    ['types@0.3.2.{duration, instant as moment}', 'duration', 'entity.name.type.wit'],
    ['types@0.3.2.{duration, instant as moment}', 'as', 'keyword.control.as.wit'],
    ['types@0.3.2.{duration, instant as moment}', 'moment', 'entity.name.type.wit'],
    ['use local.{%type};', 'local', 'entity.name.type.interface.wit'],
    ['use local.{%type};', '%', 'punctuation.definition.escape.wit'],
    ['use local.{%type};', 'type', 'entity.name.type.wit'],

    ['type id = u64;', 'type', 'keyword.declaration.type.wit'],
    ['type id = u64;', 'id', 'entity.name.type.alias.wit'],
    ['type id = u64;', 'u64', 'support.type.primitive.wit'],
    ['list<u8, 16>', 'list', 'support.type.constructor.wit'],
    ['list<u8, 16>', '16', 'constant.numeric.integer.wit'],
    ['map<string, option<list<f64>>>;', 'map', 'support.type.constructor.wit'],
    ['map<string, option<list<f64>>>;', 'f64', 'support.type.primitive.wit'],
    ['map<string, option<list<f64>>>;', ';', 'punctuation.terminator.wit'],
    ['result<_, error-context>', '_', 'constant.language.placeholder.wit'],
    ['result<_, error-context>', 'error-context', 'support.type.primitive.wit'],
    ['type %record = tuple', 'record', 'entity.name.type.alias.wit'],

    ['/** A block of', 'A block', 'comment.block.documentation.wit'],
    ['*documentation* /*', 'documentation', 'markup.italic.markdown'],
    ['/* with a comment */', 'with', 'comment.block.wit'],
    ['* on two lines. */', '*', 'punctuation.definition.comment.wit'],
    ['* on two lines. */', 'lines', 'comment.block.documentation.wit'],
    ['record point {', 'record', 'keyword.declaration.record.wit'],
    ['record point {', 'point', 'entity.name.type.record.wit'],
    ['x: f32, /// Behind', 'x', 'variable.other.member.wit'],
    ['x: f32, /// Behind', 'Behind', 'comment.line.documentation.wit'],
    ['y: f32, // and a plain one', 'y', 'variable.other.member.wit'],
    ['y: f32, // and a plain one', 'plain', 'comment.line.double-slash.wit'],
    ['%enum: option<id>', 'enum', 'variable.other.member.wit'],
    ['%enum: option<id>', 'id', 'entity.name.type.wit'],

    ['variant shape {', 'shape', 'entity.name.type.variant.wit'],
    ['none,', 'none', 'variable.other.enummember.wit'],
    ['circle(f64)', 'circle', 'variable.other.enummember.wit'],
    ['circle(f64)', 'f64', 'support.type.primitive.wit'],
    ['%list(list<point>)', 'list(', 'variable.other.enummember.wit'],
    ['%list(list<point>)', 'list<', 'support.type.constructor.wit'],
    ['enum color { red, dark-green, BLUE }', 'color', 'entity.name.type.enum.wit'],
    ['enum color { red, dark-green, BLUE }', 'dark-green', 'variable.other.enummember.wit'],
    ['enum color { red, dark-green, BLUE }', 'BLUE', 'variable.other.enummember.wit'],
    ['flags permissions { read', 'flags', 'keyword.declaration.flags.wit'],
    ['flags permissions { read', 'read', 'variable.other.enummember.wit'],

    ['resource empty;', 'empty', 'entity.name.type.resource.wit'],
    ['resource file {', 'resource', 'keyword.declaration.resource.wit'],
    ['constructor(path: string)', 'constructor', 'keyword.declaration.constructor.wit'],
    ['constructor(path: string)', 'path', 'variable.parameter.wit'],
    ['read: func(length: u32)', 'read', 'entity.name.function.wit'],
    ['read: func(length: u32)', 'func', 'keyword.declaration.function.wit'],
    ['read: func(length: u32) -> list', '->', 'keyword.operator.arrow.wit'],
    ['wait: async func()', 'async', 'storage.modifier.async.wit'],
    ['open: static func(at: borrow<file>) -> own<file>', 'static', 'storage.modifier.static.wit'],
    ['open: static func(at: borrow<file>) -> own<file>', 'borrow', 'support.type.handle.wit'],
    ['open: static func(at: borrow<file>) -> own<file>', 'own', 'support.type.handle.wit'],
    ['open-all: static async func()', 'open-all', 'entity.name.function.wit'],
    ['size: get() -> u64', 'get', 'keyword.declaration.accessor.wit'],
    ['size: set(value: u64)', 'set', 'keyword.declaration.accessor.wit'],
    ['get: func()', 'get', 'entity.name.function.wit'],
    ['first: id, // why', 'first', 'variable.parameter.wit'],
    ['first: id, // why', 'why', 'comment.line.double-slash.wit'],
    ['second: %record', 'record', 'entity.name.type.wit'],
    [') -> tuple<id, id>;', 'tuple', 'support.type.constructor.wit'],

    ['/**/', '/**/', 'comment.block.wit'],
    ['world everything {', 'world', 'keyword.declaration.world.wit'],
    ['world everything {', 'everything', 'entity.name.type.world.wit'],
    ['include base;', 'include', 'keyword.control.include.wit'],
    ['include base;', 'base', 'entity.name.type.world.wit'],
    ['with { log as print', 'with', 'keyword.control.with.wit'],
    ['with { log as print', 'log', 'variable.other.wit'],
    ['import wasi:http/handler@0.3.0', 'import', 'keyword.control.import.wit'],
    ['import wasi:http/handler@0.3.0', 'wasi', 'entity.name.namespace.wit'],
    ['import wasi:http/handler@0.3.0', 'handler', 'entity.name.type.interface.wit'],
    ['import wasi:http/handler@0.3.0', '0.3.0', 'constant.numeric.version.wit'],
    ['import label: types', 'label', 'entity.name.type.interface.wit'],
    ['import other: wasi:http', 'other', 'entity.name.type.interface.wit'],
    ['import other: wasi:http', 'wasi', 'entity.name.namespace.wit'],
    ['import other: wasi:http', 'http', 'entity.name.namespace.package.wit'],
    ['import log: func(line: string)', 'log', 'entity.name.function.wit'],
    ['import log: func(line: string)', 'line', 'variable.parameter.wit'],
    ['export run: async func()', 'export', 'keyword.control.export.wit'],
    ['export run: async func()', 'run', 'entity.name.function.wit'],
    ['export run: async func()', 'async', 'storage.modifier.async.wit'],
    ['export inner: interface {', 'interface', 'keyword.declaration.interface.wit'],
    ['call: func(at: id)', 'call', 'entity.name.function.wit'],
    ['export %export: types', 'export:', 'entity.name.type.interface.wit'],
    ['type local = id', 'local', 'entity.name.type.alias.wit'],

    ['package test:nested@0.1.0 {', '0.1.0', 'constant.numeric.version.wit'],
    ['interface a {}', 'a {', 'entity.name.type.interface.wit'],
    ['world b { import a; }', 'b', 'entity.name.type.world.wit'],
    ['world b { import a; }', 'import', 'meta.block.package.wit'],

    // What is written just now doesn't change what comes behind it.
    ['record whole { a: u8 }', 'record', 'keyword.declaration.record.wit'],
    ['record whole { a: u8 }', 'whole', 'entity.name.type.record.wit'],
    ['lost: func(a: u8', 'lost', 'entity.name.function.wit'],
    ['interface after {', 'after', 'entity.name.type.interface.wit'],
    ['last: func();', 'last', 'entity.name.function.wit'],
  ]);
  assert.equal(tokenized.depth, 1, 'rules are open at the end');
});

test('the package wasi:http has its scopes', () => {
  const file = path.join(REPOSITORY, 'wit/types.wit');
  const tokenized = check(file, [
    ['package wasi:http@', 'wasi', 'entity.name.namespace.wit'],
    ['package wasi:http@', 'http', 'entity.name.namespace.package.wit'],
    ['interface types {', 'types', 'entity.name.type.interface.wit'],
    ['variant method {', 'method', 'entity.name.type.variant.wit'],
    ['/// `GET`: transfer', 'GET', 'markup.inline.raw.string.markdown'],
    ['DNS-error(DNS-error-payload),', 'DNS-error(', 'variable.other.enummember.wit'],
    ['DNS-error(DNS-error-payload),', 'DNS-error-payload', 'entity.name.type.wit'],
    ['record DNS-error-payload {', 'DNS-error-payload', 'entity.name.type.record.wit'],
    ['alert-id: option<u8>', 'alert-id', 'variable.other.member.wit'],
    ['resource request-options {', 'request-options', 'entity.name.type.resource.wit'],
    ['get-status-code: func() -> status-code;', 'func', 'keyword.declaration.function.wit'],
    ['type status-code = u16;', 'status-code', 'entity.name.type.alias.wit'],
  ]);
  assert.equal(tokenized.depth, 1, 'rules are open at the end');
});

test('valid packages have nothing reserved, illegal or without a scope', () => {
  const folders = ['wit', 'tests/packages', 'tests/format'];
  const files = folders.flatMap((folder) =>
    fs
      .readdirSync(path.join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.wit'))
      .map((name) => path.join(REPOSITORY, folder, name)),
  );
  assert.ok(files.length > 10, 'the packages are missing');
  for (const file of files) {
    const tokenized = new Tokenized(grammar, fs.readFileSync(file, 'utf8'));
    assert.equal(tokenized.depth, 1, `${file}: rules are open at the end`);
    for (const { text, scopes } of tokenized.all()) {
      const innermost = scopes.at(-1) ?? '';
      const isBad = /^(keyword\.other\.reserved|invalid)\./.test(innermost);
      const isPlain = /^(source|meta)\./.test(innermost) && /[^\s]/.test(text);
      const isComment = scopes.some((scope) => scope.startsWith('comment.'));
      assert.ok(isComment || !(isBad || isPlain), `${file}: \`${text}\` is ${innermost}`);
    }
  }
});

test('every keyword is a keyword or a type, and none with a percent sign is', () => {
  const source = fs.readFileSync(path.join(REPOSITORY, 'generator/model/keyword.rs'), 'utf8');
  const list = /const KEYWORDS: &\[&str\] = &\[([^\]]*)\]/.exec(source)?.[1] ?? '';
  const keywords = [...list.matchAll(/"([^"]+)"/g)].map(([, keyword]) => keyword);
  assert.ok(keywords.length > 40, 'the list of keywords was not found');

  /** @param {string} word */
  const places = (word) => [
    `${word} `,
    `interface i { ${word} `,
    `interface i { type t = ${word} `,
    `interface i { f: ${word} `,
    `interface i { use a.{b ${word} `,
    `interface i { resource r { ${word} `,
    `interface i { resource r { f: ${word} `,
    `world w { ${word} `,
    `world w { include a ${word} `,
  ];
  /**
   * Whether the last word of a text is a keyword or a built-in type.
   *
   * @param {string} text
   * @param {string} word
   */
  const isKeyword = (text, word) => {
    const tokens = new Tokenized(grammar, text).all().filter((token) => token.text.trim() !== '');
    const scope = tokens.at(-1)?.scopes.at(-1) ?? '';
    return tokens.at(-1)?.text.trim() === word && /^(keyword|storage|support\.type)\./.test(scope);
  };
  for (const keyword of keywords) {
    assert.ok(
      places(keyword).some((text) => isKeyword(text, keyword)),
      `${keyword} is a keyword nowhere`,
    );
    for (const text of places(`%${keyword}`)) {
      assert.ok(!isKeyword(text, keyword), `%${keyword} is a keyword in ${text}`);
    }
    for (const text of [...places(`${keyword}-x`), ...places(`x-${keyword}`)]) {
      assert.ok(!isKeyword(text, keyword), `a part of a name is a keyword in ${text}`);
    }
  }
});
