#!/bin/sh
# Lists what differs between wit/ and the WIT that a version of the crate `wasip3` carries.
#
#   scripts/upstream.sh            the newest version
#   scripts/upstream.sh 0.10.0     this one
#
# The crate is fetched into a temporary folder; nothing in the repository changes. Exits with 0 if
# nothing differs but the known additions, and with 101 after listing what does. See
# docs/upstream.md.
set -eu
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$scratch/Cargo.toml" <<END
[package]
name = "upstream"
version = "0.0.0"
edition = "2021"

[lib]
path = "lib.rs"

[dependencies]
wasip3 = { version = "${1:+=}${1:-*}", default-features = false }

[workspace]
END
: >"$scratch/lib.rs"
(cd "$scratch" && cargo vendor --quiet vendor >/dev/null)
sed -n '/^name = "wasip3"$/{n;s/^version = "\(.*\)"$/comparing with wasip3 \1/p;}' "$scratch/Cargo.lock"

# `<` is what was found, `>` what is expected.
RUST_BACKTRACE=0 WITGEN_RELEASED_WIT="$scratch/vendor/wasip3/wit" \
    cargo test --quiet --test released -- \
    every_released_item every_item_of_the_dependencies the_versions
