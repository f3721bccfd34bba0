#!/usr/bin/env bash
# Builds witgen: from the source of this action if it has the version, else from the registry of crates.
set -euo pipefail

bin=$RUNNER_TEMP/witgen-action/bin
own=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml")
if [ "$VERSION" = "$own" ]; then
    source=(--path "$GITHUB_ACTION_PATH")
else
    source=(witgen-toolkit --version "$VERSION")
fi
cargo install --locked --no-track --bin witgen --root "$(dirname "$bin")" "${source[@]}"
