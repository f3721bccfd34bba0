#!/usr/bin/env bash
# Builds the wheel of `witgen-toolkit` into target/dist, with maturin:
#
#   scripts/build-wheel.sh x86_64-unknown-linux-musl     # as a release has it
#   scripts/build-wheel.sh host                          # for this machine, of what `cargo build` builds here
#
# It needs what packaging/requirements.txt lists. The profile is `release`, or that in PROFILE.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# != 1 ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi

tag_of() {
    python3 - "$1" <<'END'
import json, sys
tags = {entry["target"]: entry["wheel"] for entry in json.load(open("packaging/targets.json"))}
print(tags.get(sys.argv[1]) or sys.exit(f"packaging/targets.json has no {sys.argv[1]}"))
END
}
case $1 in
    host) options=(--compatibility linux --auditwheel skip) ;;
    *-linux-*) tag=$(tag_of "$1") && options=(--target "$1" --compatibility "$tag" --zig --auditwheel check) ;;
    *) tag=$(tag_of "$1") && options=(--target "$1" --compatibility "$tag") ;;
esac
maturin build --locked --profile "${PROFILE:-release}" "${options[@]}" --out "${CARGO_TARGET_DIR:-target}/dist"
