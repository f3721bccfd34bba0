#!/usr/bin/env bash
# Builds programs for a target, and packs them as a release has them, with their checksums, into target/dist:
#
#   scripts/build-release.sh x86_64-unknown-linux-musl                     # witgen and witgen-serve, and the wheel of witgen
#   scripts/build-release.sh x86_64-unknown-linux-musl witgen-toolkit      # one package
#   scripts/build-release.sh --names x86_64-unknown-linux-musl             # prints the archives' names, and builds nothing
#   scripts/build-release.sh --guided x86_64-unknown-linux-musl            # as releases are: witgen-serve is optimized by a profile
#
# With --guided, witgen-serve is built twice: the first one records a profile (scripts/serving/train.py), which the second one
# is optimized by. It takes three times as long, and the target has to run here. It isn't for Windows, where a program that is
# terminated writes no profile. For musl, it needs `musl-gcc` (Debian's musl-tools).
#
# It needs what packaging/requirements.txt lists: maturin builds the wheel of witgen, and its archive has the program of the wheel.
# For Linux, Zig links for the glibc of 2012, and statically for musl. The profile is `release`, or that in PROFILE.
set -euo pipefail
cd "$(dirname "$0")/.."

names=
guided=
[ "${1-}" = --names ] && names=yes && shift
[ "${1-}" = --guided ] && guided=yes && shift
if [ $# = 0 ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
target=$1
shift
[ $# = 0 ] && set -- witgen-toolkit witgen-serve

version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)
case $guided$target in
    yes*-windows-*)
        echo '--guided is not for Windows: leave it out' >&2
        exit 2
        ;;
    yes*-musl)
        if ! command -v musl-gcc > /dev/null; then
            echo '--guided needs musl-gcc for this target: install musl-tools' >&2
            exit 2
        fi
        ;;
esac
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
# Files have the time of the commit, so that the same programs give the same archive.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
# What `witgen_build_info` shows.
WITGEN_REVISION=${WITGEN_REVISION:-$(git rev-parse HEAD)}
export WITGEN_REVISION
folder=${CARGO_TARGET_DIR:-target}
# cargo calls the folder of the profile `dev` `debug`.
programs=$folder/$target/${profile/#dev/debug}
build() { "${cargo[@]}" --locked --profile "$profile" --target "$zig_target" --package "$1"; }

# Prints the profile of witgen-serve, after a program that records it has run.
record_profile() {
    if command -v rustup > /dev/null; then
        rustup --quiet component add llvm-tools
        rustup --quiet target add wasm32-wasip2
    fi
    local host work digest merged
    host=$(rustc -vV | sed -n 's/^host: //p')
    work=$(mktemp -d)
    # This runs in a shell of its own.
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    # Zig can't link programs that record a profile.
    local plain=(cargo build --locked --profile "$profile" --target "$target" --package)
    RUSTFLAGS="-Cprofile-generate=$work/raw" "${plain[@]}" witgen-serve >&2
    cp "$programs/witgen-serve" "$work/witgen-serve"
    "${plain[@]}" witgen-toolkit >&2
    python3 scripts/serving/train.py "$work/witgen-serve" "$programs/witgen" >&2
    "$(rustc --print sysroot)/lib/rustlib/$host/bin/llvm-profdata" merge -o "$work/profile" "$work"/raw/*.profraw
    # cargo compares the path, and not the content.
    digest=$(python3 -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:16])' < "$work/profile")
    merged=$(realpath "$folder")/witgen-serve-$digest.profdata
    mv "$work/profile" "$merged"
    echo "$merged"
}

for package; do
    out=$folder/dist/$(archive "$package")
    if [ "$package" = witgen-toolkit ]; then
        scripts/build-wheel.sh "$target"
        # Of several targets, the newest is this one.
        # shellcheck disable=SC2012
        program=$(ls -t "$folder"/dist/witgen_toolkit-*.whl | head -1)
    else
        if [ -n "$guided" ]; then
            # bash doesn't pass `-e` on.
            recorded=$(set -e; record_profile)
            RUSTFLAGS="-Cprofile-use=$recorded" build "$package"
        else
            build "$package"
        fi
        program=$programs/$package$suffix
    fi
    python3 packaging/archive.py "$out" "$program" LICENSE README.md CHANGELOG.md
    echo "$out"
done
