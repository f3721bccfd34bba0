#!/usr/bin/env bash
# Builds programs for a target, and packs them as a release has them, with their checksums, into target/dist:
#
#   scripts/build-release.sh x86_64-unknown-linux-musl                     # witgen and witgen-serve, and the wheel of witgen
#   scripts/build-release.sh x86_64-unknown-linux-musl witgen-toolkit      # one package
#   scripts/build-release.sh --names x86_64-unknown-linux-musl             # prints the archives' names, and builds nothing
#
# It needs what packaging/requirements.txt lists: maturin builds the wheel of witgen, and its archive has the program of the wheel.
# For Linux, Zig links for the glibc of 2012, and statically for musl. The profile is `release`, or that in PROFILE.
set -euo pipefail
cd "$(dirname "$0")/.."

names=
[ "${1-}" = --names ] && names=yes && shift
if [ $# = 0 ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
target=$1
shift
[ $# = 0 ] && set -- witgen-toolkit witgen-serve

version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)
case $target in
    *-windows-*) format=zip suffix=.exe ;;
    *) format=tar.gz suffix= ;;
esac
archive() { echo "$1-$version-$target.$format"; }
if [ -n "$names" ]; then
    for package; do archive "$package"; done
    exit
fi

profile=${PROFILE:-release}
! command -v rustup > /dev/null || rustup --quiet target add "$target"
case $target in
    # 2.17 is what wheels of the kind `manylinux_2_17` may need, too.
    *-linux-gnu) cargo=(cargo zigbuild) zig_target=$target.2.17 ;;
    *-linux-musl) cargo=(cargo zigbuild) zig_target=$target ;;
    *) cargo=(cargo build) zig_target=$target ;;
esac
# Files have the time of the commit, so that the same commit gives the same archive.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
# What `witgen_build_info` shows.
WITGEN_REVISION=${WITGEN_REVISION:-$(git rev-parse HEAD)}
export WITGEN_REVISION
folder=${CARGO_TARGET_DIR:-target}
for package; do
    out=$folder/dist/$(archive "$package")
    if [ "$package" = witgen-toolkit ]; then
        scripts/build-wheel.sh "$target"
        # Of several targets, the newest is this one.
        # shellcheck disable=SC2012
        program=$(ls -t "$folder"/dist/witgen_toolkit-*.whl | head -1)
    else
        "${cargo[@]}" --locked --profile "$profile" --target "$zig_target" --package "$package"
        # cargo calls the folder of the profile `dev` `debug`.
        program=$folder/$target/${profile/#dev/debug}/$package$suffix
    fi
    python3 packaging/archive.py "$out" "$program" LICENSE README.md CHANGELOG.md
    echo "$out"
done
