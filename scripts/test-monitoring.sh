#!/usr/bin/env bash
# Tests the dashboard and the alerts of packaging/monitoring with Prometheus: each query on the metrics of a witgen-serve that has
# successes and failures, and each alert when what it is for happens, and not before. Takes half a minute, after the build. Unpacks
# Debian's prometheus into target/, if there is none on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath "${CARGO_TARGET_DIR:-target}")
if ! command -v prometheus > /dev/null || ! command -v promtool > /dev/null; then
    root=$target/peers/prometheus/root
    if [ ! -x "$root/usr/bin/promtool" ]; then
        downloads=$(mktemp -d)
        (cd "$downloads" && { apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }; })
        mkdir -p "$root"
        dpkg-deb -x "$downloads"/prometheus_*.deb "$root"
        rm -r "$downloads"
    fi
    PATH=$root/usr/bin:$PATH
fi

promtool check rules packaging/monitoring/alerts.yml
promtool test rules packaging/monitoring/alerts.test.yml
# With a test, cargo chooses the features of dependencies as for all tests, and compiles none of them again.
cargo build --quiet --workspace --bin witgen-serve --test import_cycles
# The tests build the guests.
cargo test --quiet --workspace --test guests every > /dev/null
python3 scripts/monitoring/test.py "$target/debug/witgen-serve" "$target/guests/target/wasm32-unknown-unknown/release"
