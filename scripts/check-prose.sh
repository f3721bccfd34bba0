#!/usr/bin/env bash
# Checks the prose of manuals, help texts, messages and comments (scripts/prose/), links of Markdown, and the spelling of everything.
# Installs typos from PyPI into target/.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$PWD/target/prose/bin
wanted='typos==1.52.0'
if [ "$(cat target/prose/wanted 2> /dev/null)" != "$wanted" ]; then
    rm -rf target/prose
    python3 -m venv target/prose
    "$tools/pip" install --quiet --disable-pip-version-check "$wanted"
    echo "$wanted" > target/prose/wanted
fi

python3 scripts/prose/test.py
python3 scripts/prose/check.py
python3 scripts/prose/links.py
"$tools/typos"
