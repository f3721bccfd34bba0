#!/usr/bin/env bash
# Fails unless a tag is the version that is to be released: scripts/check-tag.sh v0.1.0
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)
if [ "${1-}" != "v$version" ]; then
    echo "error: the tag is \`${1-}\`, and the version in Cargo.toml is $version: expected \`v$version\`" >&2
    exit 1
fi
if ! grep --quiet --fixed-strings "## $version" CHANGELOG.md; then
    echo "error: CHANGELOG.md has no section \`## $version\`" >&2
    echo "  help: rename \`## Unreleased\`, and start a new one above it" >&2
    exit 1
fi
