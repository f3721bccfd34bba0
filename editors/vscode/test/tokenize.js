// Tokenizes text as the editor does.

const fs = require('node:fs');
const path = require('node:path');
const oniguruma = require('vscode-oniguruma');
const { INITIAL, Registry, parseRawGrammar } = require('vscode-textmate');

const GRAMMARS = {
  'source.wit': path.join(__dirname, '../syntaxes/wit.tmLanguage.json'),
  'text.html.markdown': require.resolve('tm-grammars/grammars/markdown.json'),
};

/** @returns {Promise<import('vscode-textmate').IGrammar>} */
async function loadGrammar() {
  const wasm = fs.readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm);
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) => {
      const file = Object.entries(GRAMMARS).find(([name]) => name === scope)?.[1];
      return file ? parseRawGrammar(fs.readFileSync(file, 'utf8'), file) : null;
    },
  });
  const grammar = await registry.loadGrammar('source.wit');
  if (grammar === null) {
    throw new Error('the grammar is missing');
  }
  return grammar;
}

/** A text and the scopes of its parts. */
class Tokenized {
  /**
   * @param {import('vscode-textmate').IGrammar} grammar
   * @param {string} text
   */
  constructor(grammar, text) {
    let stack = INITIAL;
    this.lines = text.split(/\r?\n/).map((line) => {
      const result = grammar.tokenizeLine(line, stack);
      stack = result.ruleStack;
      return { text: line, tokens: result.tokens };
    });
    /** How many rules are open at the end. */
    this.depth = stack.depth;
  }

  /**
   * Returns the scopes of a word in the only line that contains a text.
   *
   * @param {string} line
   * @param {string} word
   */
  scopes(line, word) {
    const lines = this.lines.filter(({ text }) => text.includes(line));
    if (lines.length !== 1) {
      throw new Error(`${lines.length} lines contain ${line}`);
    }
    const { text, tokens } = lines[0];
    const escaped = word.replace(/[^\w-]/g, '\\$&');
    const within = line.search(new RegExp(`(?<![\\w-])${escaped}`));
    if (within < 0) {
      throw new Error(`${line} doesn't contain ${word}`);
    }
    const at = text.indexOf(line) + within;
    const token = tokens.find(({ startIndex, endIndex }) => startIndex <= at && at < endIndex);
    return token?.scopes ?? [];
  }

  /** Returns every token, with its text and its scopes. */
  all() {
    return this.lines.flatMap(({ text, tokens }) =>
      tokens.map(({ startIndex, endIndex, scopes }) => ({
        text: text.slice(startIndex, endIndex),
        scopes,
      })),
    );
  }
}

module.exports = { Tokenized, loadGrammar };
