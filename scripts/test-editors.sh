#!/usr/bin/env bash
# Tries the language server with clients that others wrote: Neovim's and pytest-lsp's. Installs Debian's neovim and, into target/,
# packages of PyPI. The extension for Visual Studio Code has tests of its own: `cd editors/vscode && npm ci && npm test`.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v nvim > /dev/null || { apt-get update -qq && apt-get install -y -qq neovim; }
cargo build --quiet
target=${CARGO_TARGET_DIR:-target}
WITGEN=$(realpath "$target/debug/witgen")
export WITGEN

echo "== $(nvim --version | head -1)"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -r wit "$folder/wit"
session=$(realpath editors/neovim/test/session.lua)
(cd "$folder" && timeout 120 nvim --headless --clean --cmd "let g:witgen_path = '$WITGEN'" -u "$session")
echo

echo '== pytest-lsp'
python3 -c 'import ensurepip, venv' 2> /dev/null || { apt-get update -qq && apt-get install -y -qq python3-venv; }
venv=$target/editors/venv
[ -d "$venv" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r editors/test/requirements.txt
"$venv/bin/python" -m pytest -q -p no:cacheprovider editors/test
