#!/usr/bin/env bash
# Finds a witgen of the wanted version: the one on the PATH, else the release's archive. The checksum of an archive must be that
# of the release, and GitHub must have attested that the release's workflow built it. If there is no archive, witgen is built.
set -euo pipefail

manifest=$GITHUB_ACTION_PATH/Cargo.toml
key_of() { sed -n '/^\[workspace.package\]/,/^\[/s/^'"$1"' = "\(.*\)"/\1/p' "$manifest"; }
repository=$(key_of repository)
own=$(key_of version)
version=${VERSION:-$own}
version=${version#v}
if ! [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*$ ]]; then
    echo "::error title=witgen::the input \`version\` is not a version such as $own"
    exit 1
fi
bin=$RUNNER_TEMP/witgen-action/bin
mkdir -p "$bin"

output() { echo "$1=$2" >> "$GITHUB_OUTPUT"; }
output version "$version"

if [ "$(witgen --version 2> /dev/null)" = "witgen $version" ]; then
    echo "witgen $version is on the PATH"
    exit
fi

extension=tar.gz
case $RUNNER_OS-$RUNNER_ARCH in
    # The program of musl runs on every Linux.
    Linux-X64) target=x86_64-unknown-linux-musl ;;
    Linux-ARM64) target=aarch64-unknown-linux-musl ;;
    macOS-X64) target=x86_64-apple-darwin ;;
    macOS-ARM64) target=aarch64-apple-darwin ;;
    Windows-X64) target=x86_64-pc-windows-msvc extension=zip ;;
    Windows-ARM64) target=aarch64-pc-windows-msvc extension=zip ;;
    *) target= ;;
esac

if [ -n "$target" ]; then
    folder=witgen-toolkit-$version-$target
    archive=$folder.$extension
    cd "$RUNNER_TEMP/witgen-action"
    if gh release download "v$version" --repo "$repository" --pattern "$archive" --pattern SHA256SUMS --clobber &&
        [ -f "$archive" ]; then
        grep -F "  $archive" SHA256SUMS > expected
        if command -v sha256sum > /dev/null; then
            check=(sha256sum --check)
        else
            check=(shasum --algorithm 256 --check)
        fi
        "${check[@]}" expected
        gh attestation verify "$archive" --repo "${repository#https://github.com/}" \
            --signer-workflow "${repository#https://github.com/}/.github/workflows/release.yml"
        case $extension in
            zip) unzip -q -o "$archive" ;;
            *) tar -xzf "$archive" ;;
        esac
        mv -f "$folder"/witgen* "$bin/"
        exit
    fi
    echo "::notice title=witgen::there is no archive of witgen $version for $target; building it takes some minutes"
fi

output build true
# The same source builds the same program.
sources=$(cd "$GITHUB_ACTION_PATH" && find Cargo.lock Cargo.toml generator runtime templates wit -type f | sort)
hash=$(cd "$GITHUB_ACTION_PATH" && tr '\n' '\0' <<< "$sources" | xargs -0 cat | git hash-object --stdin)
output key "witgen-$RUNNER_OS-$RUNNER_ARCH-$version-$hash"
