#!/usr/bin/env bash
# Publishes the packages that the tag is the release of. With ATTESTATION, they are published already, and it is attached to them.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$GITHUB_ACTION_PATH/scripts/action/common.sh"

options=(--tag "$GITHUB_REF_NAME" --format github)
[ "$DOCS" = true ] && options+=(--docs)
[ -n "$REGISTRY" ] && options+=(--registry "$REGISTRY")
[ -n "${SIGNING_KEY:-}" ] && options+=(--sign env:SIGNING_KEY)
[ -n "${ATTESTATION:-}" ] && options+=(--attestation "$ATTESTATION")

# The job's own token is sent to no other host.
if [ -z "$REGISTRY_PASSWORD" ] && [ "$REGISTRY_HOST" = ghcr.io ]; then
    REGISTRY_PASSWORD=$TOKEN
fi
log_in

published=$RUNNER_TEMP/witgen-published
witgen -C "$DIRECTORY" publish "${options[@]}" | tee "$published"
{
    echo 'published<<END-OF-REFERENCES'
    cat "$published"
    echo END-OF-REFERENCES
} >> "$GITHUB_OUTPUT"

# `HOST/acme/store:1.0.0@sha256:…` as `sha256sum` writes it, without the tag. A directory has nothing to attest.
subjects=$RUNNER_TEMP/witgen-subjects
sed -n 's|^\([^/ ]*[.:][^/ ]*/[^ @]*\):[^:/@]*@sha256:\([0-9a-f]*\)$|\2  \1|p' "$published" > "$subjects"
if [ -s "$subjects" ]; then
    echo "subjects=$subjects" >> "$GITHUB_OUTPUT"
fi
