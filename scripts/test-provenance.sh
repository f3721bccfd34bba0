#!/usr/bin/env bash
# Provenance against the tools of others: keys of OpenSSL, bundles that Sigstore's packages for JavaScript and Python verify, and
# bundles that they make with a certificate and an entry in a log. Installs the packages from npm and PyPI into target/provenance/.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$root/target/provenance
issuer=https://token.actions.example.com
identity=https://code.example.com/acme/units/.github/workflows/publish.yml@refs/tags/v1.0.0

step() { printf '\n== %s\n' "$1"; }
fail() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }
# Runs a command, which has to fail with this status and say this.
refuses() {
    local status=$1 says=$2 actual=0 output
    shift 2
    output=$("$@" 2>&1) || actual=$?
    [ "$actual" = "$status" ] || fail "status $actual instead of $status of: $*: $output"
    grep -qF -- "$says" <<< "$output" || fail "no '$says' in: $output"
}

step 'tools'
[ -n "${WITGEN:-}" ] || { cargo build --quiet -p witgen-toolkit --bin witgen; WITGEN=$root/target/debug/witgen; }
rm -rf "$work/run" && mkdir -p "$work/npm" "$work/run"
(cd "$work/npm" && npm install --silent --no-audit --no-fund --no-save \
    @sigstore/verify@3 @sigstore/bundle@4 @sigstore/mock@0.12 @sigstore/sign@4 @sigstore/protobuf-specs@0.5)
[ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'sigstore>=4,<5'
sigstore() { NODE_PATH=$work/npm/node_modules node "$root/scripts/provenance/sigstore.cjs" "$@"; }

cd "$work/run"
export WITGEN_CACHE_DIR=$PWD/cache WKG_REGISTRY=$PWD/registry/
mkdir -p units/wit
# The one of this repository is not meant.
touch witgen.toml units/witgen.toml
echo 'package acme:units@1.0.0; interface weight { type gram = u64; }' > units/wit/units.wit
publish() { "$WITGEN" -C units publish --quiet "$@"; }

step "keys of OpenSSL $(openssl version | cut -d' ' -f2)"
openssl genpkey -quiet -algorithm ed25519 -out ed25519.key
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out p256.key
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.key
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key
openssl pkey -in p256.key -traditional -out sec1.key
openssl rsa -in rsa.key -traditional -out pkcs1.key 2> /dev/null
openssl pkcs8 -topk8 -in p256.key -passout pass:secret -out encrypted.key
openssl ecparam -name prime256v1 -genkey -out parameters.key
chmod 600 ./*.key
for key in p384 rsa sec1 pkcs1 encrypted parameters; do
    refuses 2 'error[unusable-key]' "$WITGEN" -C units publish --sign "../$key.key"
    refuses 2 "$key.key" "$WITGEN" -C units publish --sign "../$key.key"
done
[ ! -e registry ] || fail 'something was published with an unusable key'
for key in ed25519 p256; do
    openssl pkey -in $key.key -pubout -out $key.pub
    publish --sign ../$key.key > /dev/null
    "$WITGEN" verify acme:units@1.0.0 --key $key.pub > /dev/null
done
openssl pkcs8 -topk8 -nocrypt -in sec1.key -out converted.key && chmod 600 converted.key
publish --sign ../converted.key > /dev/null
attestations=registry/acme/units/1.0.0.attestations
[ "$(ls $attestations | wc -l)" = 2 ] || fail 'the converted key is the same key'

step 'the digest of the source is that of sha256sum'
expected=$(cd units/wit && sha256sum units.wit | sha256sum | cut -d' ' -f1)
"$WITGEN" verify acme:units@1.0.0 --key p256.pub | grep -q "source      1 file, sha256:$expected" || fail 'source'

step "our bundles, verified by Sigstore's own packages"
for bundle in "$attestations"/*; do
    if sigstore verify "$bundle" p256.pub 2> /dev/null; then p256=$bundle; fi
    if sigstore verify "$bundle" ed25519.pub 2> /dev/null; then ed25519=$bundle; fi
done
[ -n "${p256:-}" ] && [ -n "${ed25519:-}" ] || fail 'JavaScript verifies none of our bundles'
sed 's/"payload":"eyJ/"payload":"eyK/' "$p256" > damaged.json
if sigstore verify damaged.json p256.pub 2> /dev/null; then fail 'JavaScript verifies anything'; fi
"$work/venv/bin/python" "$root/scripts/provenance/envelope.py" "$p256" p256.pub > statement.json
if "$work/venv/bin/python" "$root/scripts/provenance/envelope.py" damaged.json p256.pub 2> /dev/null; then fail 'Python verifies anything'; fi

step 'bundles with a certificate and an entry in a log'
sigstore sign statement.json .
verify() { "$WITGEN" verify acme:units@1.0.0 --issuer "$issuer" --identity "${IDENTITY:-$identity}" --trusted-root "${ROOT:-trusted_root.json}"; }
rm -r "$attestations"
publish --attestation ../keyless.sigstore.json > /dev/null
verify | grep -q "by          $identity ($issuer)" || fail 'verify'
IDENTITY='https://code.example.com/acme/**' verify > /dev/null
IDENTITY='https://code.example.com/other/**' refuses 1 'is not in the policy' verify
ROOT=another_root.json refuses 1 'rejected' verify
for case in \
    'expired:expired_root.json:its certificate had expired' \
    'unlogged:trusted_root.json:rejected' \
    'another-time:trusted_root.json:rejected' \
    'another-entry:trusted_root.json:rejected' \
    'another-statement:trusted_root.json:rejected'; do
    IFS=: read -r name trusted says <<< "$case"
    rm -r "$attestations" && mkdir "$attestations"
    cp "$name.sigstore.json" "$attestations/"
    ROOT=$trusted refuses 1 "$says" verify
done
rm -r "$attestations" && mkdir "$attestations"
cp keyless.sigstore.json "$attestations/"

step 'a policy with an identity'
mkdir -p app/wit
echo 'package me:app; world app { import acme:units/weight@1.0.0; }' > app/wit/app.wit
cat > app/witgen.toml << TOML
[[trust]]
namespaces = ["acme"]
identities = [{ issuer = "$issuer", subject = "https://code.example.com/acme/*/.github/workflows/publish.yml@refs/tags/*" }]
trusted-root = "../trusted_root.json"
TOML
"$WITGEN" -C app fetch --quiet
grep -qF "identity = \"$identity\"" app/witgen.lock || fail 'witgen.lock'
"$WITGEN" -C app fetch --quiet --locked --offline

printf '\nall of it holds\n'
