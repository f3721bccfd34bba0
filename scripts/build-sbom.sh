#!/usr/bin/env bash
# Lists what the programs contain, in the format of CycloneDX: all crates, of all targets, with versions and licenses, as
# target/dist/witgen-toolkit.cdx.json and target/dist/witgen-serve.cdx.json. Installs cargo-cyclonedx into target/ first, if it
# isn't there.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$target/packaging/cyclonedx
[ -x "$tools/bin/cargo-cyclonedx" ] ||
    CARGO_TARGET_DIR=$tools/build cargo install --quiet --locked --debug cargo-cyclonedx@0.5.9 --root "$tools"

mkdir -p "$target/dist"
# The tool writes a file into the folder of every member of the workspace.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
PATH=$tools/bin:$PATH cargo cyclonedx --quiet --format json --spec-version 1.5 --target all
mv witgen-toolkit.cdx.json host/witgen-serve.cdx.json "$target/dist/"
find . -name '*.cdx.json' -not -path './target/*' -delete
for package in witgen-toolkit witgen-serve; do
    # Where the repository lies on this machine is nobody's business.
    sed -i "s|path+file://$PWD|path+file://|g" "$target/dist/$package.cdx.json"
    python3 - "$target/dist/$package.cdx.json" <<'END'
import json, sys
sbom = json.load(open(sys.argv[1]))
print(f"{sys.argv[1]}: {len(sbom['components'])} crates in {sbom['metadata']['component']['name']}")
END
done
