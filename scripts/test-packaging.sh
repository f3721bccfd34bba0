#!/usr/bin/env bash
# Packs, installs and runs what a release has: archives, wheel and packages of npm, for one target that runs here.
#
#   scripts/test-packaging.sh --quick                       # of the debug build, without witgen-serve; part of test-at-length.sh
#   scripts/test-packaging.sh                               # static programs, which takes half an hour
#   scripts/test-packaging.sh x86_64-unknown-linux-gnu      # another target
#
# Installs maturin, Zig and pytest from PyPI into target/. npm installs without a registry.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-x86_64-unknown-linux-musl}
tools=${CARGO_TARGET_DIR:-target}/packaging
python3 -c 'import ensurepip, venv' 2> /dev/null || { apt-get update -qq && apt-get install -y -qq python3-venv; }
command -v npm > /dev/null || { apt-get update -qq && apt-get install -y -qq nodejs npm; }
[ -x "$tools/bin/python" ] || python3 -m venv "$tools"
"$tools/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
    --requirement packaging/requirements.txt
PATH=$(realpath "$tools/bin"):$PATH

dist=${CARGO_TARGET_DIR:-target}/dist
rm -rf "$dist"
if [ "$target" = --quick ]; then
    target=$(rustc -vV | sed -n 's/^host: //p')
    export PROFILE=dev
    scripts/build-wheel.sh host
    archive=$(scripts/build-release.sh --names "$target" witgen-toolkit)
    packaging/archive.py "$dist/$archive" "$dist"/*.whl LICENSE README.md CHANGELOG.md
else
    scripts/build-release.sh "$target"
fi
scripts/build-npm.py "$target"
TARGET=$target python -m pytest -q -p no:cacheprovider -rA packaging/tests
