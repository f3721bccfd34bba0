#!/bin/sh
# Compares wit/ with the WIT that a version of the crate `wasip3` carries, or adopts it. See docs/upstream.md.
#
#   scripts/upstream.sh                    what the newest version changes
#   scripts/upstream.sh 0.10.0             what this one changes
#   scripts/upstream.sh --adopt            makes the repository hold the newest
#   scripts/upstream.sh --adopt 0.10.0     makes it hold this one
#
# The crate is fetched into a temporary folder. A comparison changes no file of the repository; it exits with 0 if nothing
# differs but the known additions, and with 101 after listing what does. An adoption needs a clean work tree, and exits
# with 2 if it can't be done; then no file has changed.
set -eu
cd "$(dirname "$0")/.."

adopt=false
if [ "${1:-}" = --adopt ]; then
    adopt=true
    shift
fi

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
version=$(sed -n '/^name = "wasip3"$/{n;s/^version = "\(.*\)"$/\1/p;}' "$scratch/Cargo.lock")
wit=$scratch/vendor/wasip3/wit

if $adopt; then
    echo "adopting what wasip3 $version carries"
    cargo run --quiet --package testkit --bin adopt -- "$PWD" "$wit" "$version"
    # Cargo.lock follows the pin.
    cargo metadata --format-version 1 >/dev/null
else
    echo "comparing with wasip3 $version"
    # `<` is what was found, `>` what is expected.
    RUST_BACKTRACE=0 WITGEN_RELEASED_WIT="$wit" cargo test --quiet --test released -- \
        every_released_item every_item_of_the_dependencies the_versions
fi
