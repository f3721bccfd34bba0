#!/usr/bin/env bash
# What takes longer than the tests: a gigabyte and a million requests under the host glue, a gigabyte through a served chain and
# through the example that compresses, a minute of each attack on a server, twenty thousand schedules of two bodies, every chain
# of four members, many random pairs against the validator, the conformance suite on several hosts, connections to registries cut
# in many places, wkg in the same registry, chains that programs of others compose and serve, guests of other toolchains, what
# people install, and programs built from the published archives. Installs wkg into target/peers if it isn't there, which takes
# minutes, and what scripts/test-hosts.sh and scripts/test-packaging.sh install.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo test -p witgen-serve --test chains -- --ignored
WITGEN_MEGABYTES=1024 WITGEN_REQUESTS=1000000 cargo test --profile bench -p witgen-serve --test memory
WITGEN_MEGABYTES=1024 cargo test --profile bench -p witgen-serve --test serve load::large
WITGEN_MEGABYTES=1024 cargo test --profile bench -p witgen-serve --test serve proxies::a_long_body
WITGEN_ATTACK_SECONDS=60 cargo test --profile bench -p witgen-serve --test attacks
PROPTEST_CASES=3000 cargo test --test compose_shapes
PROPTEST_CASES=3000 cargo test --test diff_oracle
PROPTEST_CASES=20000 cargo test -p witgen-serve --test schedules
WITGEN_CUTS=60 cargo test --test registry faults::
cargo test --test registry wkg:: -- --ignored
scripts/test-hosts.sh
scripts/test-conformance.sh
tests/foreign/run.py
scripts/test-packaging.sh --quick
cargo package --package witgen-toolkit --package witgen-runtime --allow-dirty
