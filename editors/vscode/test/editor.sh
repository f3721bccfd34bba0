#!/bin/sh
# Tries the packed extension in an editor: code-server, opened in a headless browser.
#
#     npm ci && npm run package && test/editor.sh [folder for pictures]
#
# It needs Node.js 20, a C++ compiler, make, Python, Chromium (or CHROMIUM=…) and npm's registry. code-server stays in
# EDITOR_CACHE, so that the second run is quick. The server is test/editor/witgen, which only knows what the test needs;
# WITGEN=… is another one, with which what only that one answers isn't tested.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cache=${EDITOR_CACHE:-${TMPDIR:-/tmp}/witgen-editor}
pictures=${1:-$cache/pictures}

mkdir -p "$cache" "$pictures"
pictures=$(CDPATH= cd -- "$pictures" && pwd)
cd "$cache"
if [ ! -e installed ]; then
  # Some install scripts fetch programs from elsewhere that this test doesn't need. Only what is built here is built.
  [ -e package.json ] || npm init -y >/dev/null
  npm install --ignore-scripts --no-audit --no-fund code-server@4.100.3 puppeteer-core@24.8.2
  (
    cd node_modules/code-server/lib/vscode
    npm install --omit=dev --ignore-scripts --no-audit --no-fund
    cd extensions
    npm install --omit=dev --ignore-scripts --no-audit --no-fund
  )
  headers=$(node -p 'require("path").dirname(require("path").dirname(process.execPath))')
  if [ -e "$headers/include/node/node.h" ]; then
    export npm_config_nodedir="$headers"
  fi
  gyp=$(npm root -g)/npm/node_modules/node-gyp/bin/node-gyp.js
  for module in @vscode/spdlog native-watchdog node-pty; do
    (cd "node_modules/code-server/lib/vscode/node_modules/$module" && node "$gyp" rebuild)
  done
  (cd node_modules/argon2 && npx --no-install node-pre-gyp install --build-from-source)
  touch installed
fi
NODE_PATH="$cache/node_modules" exec node "$here/editor/drive.js" "$cache" "$pictures"
