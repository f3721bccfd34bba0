// Bundles the extension to dist/extension.js, with the licences of what it contains.

const esbuild = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');

const root = __dirname;

/** Builds everything that a packed extension contains and the repository doesn't. */
async function main() {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/extension.js'],
    outfile: 'dist/extension.js',
    bundle: true,
    external: ['vscode'],
    format: 'cjs',
    legalComments: 'none',
    mainFields: ['module', 'main'],
    metafile: true,
    minify: true,
    platform: 'node',
    target: 'node20',
  });
  fs.writeFileSync(path.join(root, 'dist/third-party.txt'), licences(Object.keys(metafile.inputs)));
  fs.copyFileSync(path.join(root, '../../LICENSE'), path.join(root, 'LICENSE'));
}

/**
 * Returns the licences of the packages that these files are from.
 *
 * @param {string[]} inputs
 */
function licences(inputs) {
  const folders = inputs.flatMap((input) => {
    const match = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input);
    return match ? [match[0]] : [];
  });
  const texts = [...new Set(folders)].sort().map((folder) => {
    const absolute = path.join(root, folder);
    const { name, version, license } = JSON.parse(
      fs.readFileSync(path.join(absolute, 'package.json'), 'utf8'),
    );
    const file = fs.readdirSync(absolute).find((name) => /^licen[cs]e/i.test(name));
    if (file === undefined) {
      throw new Error(`${name} comes without its licence`);
    }
    const text = fs.readFileSync(path.join(absolute, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return `dist/extension.js contains these packages.\n\n${texts.join('\n---\n\n')}`;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
