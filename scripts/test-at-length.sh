#!/usr/bin/env bash
# What takes longer than the tests: a gigabyte and a million requests under the host glue, a gigabyte through a
# served chain, a minute of each attack on a server, twenty thousand schedules of two bodies, every chain of four
# members, many random pairs against the validator, connections to registries cut in many places, wkg in the same
# registry, and a chain that is composed and run by the programs of others. Installs wkg, wac-cli and wasmtime-cli into
# target/peers if they aren't there, which takes minutes.
set -euo pipefail
cd "$(dirname "$0")/.."
peers=target/peers
install() {
    echo "building $1, which takes minutes the first time"
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$peers/build cargo install --quiet --locked --debug "$1" --root $peers
}

cargo test -p witgen-serve --test chains -- --ignored
WITGEN_MEGABYTES=1024 WITGEN_REQUESTS=1000000 cargo test --profile bench -p witgen-serve --test memory
WITGEN_MEGABYTES=1024 cargo test --profile bench -p witgen-serve --test serve load::large
WITGEN_ATTACK_SECONDS=60 cargo test --profile bench -p witgen-serve --test attacks
PROPTEST_CASES=3000 cargo test --test compose_shapes
PROPTEST_CASES=3000 cargo test --test diff_oracle
PROPTEST_CASES=20000 cargo test -p witgen-serve --test schedules
WITGEN_CUTS=60 cargo test --test registry faults::
cargo test --test registry wkg:: -- --ignored

[ -x $peers/bin/wac ] || install wac-cli@0.12.0
[ -x $peers/bin/wasmtime ] || install wasmtime-cli@48.0.8

cargo build --quiet
# The guests are built by the tests.
cargo test --quiet -p witgen-serve --test chains denied
out=$(mktemp -d)
trap 'rm -rf "$out"; kill "${server:-}" 2>/dev/null || true' EXIT
for guest in stamp hello; do
    target/debug/witgen component --quiet \
        target/guests/target/wasm32-unknown-unknown/release/$guest.wasm -o "$out/$guest.wasm"
done
target/debug/witgen compose "$out/stamp.wasm" "$out/hello.wasm" -o "$out/chain.wasm"
target/debug/witgen compose "$out/stamp.wasm" "$out/hello.wasm" --emit wac > "$out/chain.wac"
$peers/bin/wac compose --dep "member:stamp=$out/stamp.wasm" --dep "member:hello=$out/hello.wasm" \
    "$out/chain.wac" -o "$out/by-wac.wasm"

for chain in chain by-wac; do
    $peers/bin/wasmtime serve -Sp3 -Wcomponent-model-async --addr 127.0.0.1:0 "$out/$chain.wasm" 2> "$out/log" &
    server=$!
    address=
    for _ in $(seq 100); do
        address=$(grep -o 'http://127.0.0.1:[0-9]*' "$out/log" || true)
        [ -n "$address" ] && break
        sleep 0.1
    done
    answer=$(curl --silent --show-error --include "$address/")
    grep --quiet --ignore-case '^x-stamp: 1' <<< "$answer"
    grep --quiet '^hello' <<< "$answer"
    echo "wasmtime serve $chain.wasm answers as its members do"
    kill $server
    wait $server 2>/dev/null || true
done
