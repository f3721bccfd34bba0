#!/usr/bin/env bash
# Decides what is done for this event. A pull request from a fork gets nothing that needs a secret: neither a comment, nor
# an upload to code scanning. Only a tag publishes.
set -euo pipefail

is_pull_request=false
is_fork=false
if [ "$GITHUB_EVENT_NAME" = pull_request ]; then
    is_pull_request=true
    [ "${HEAD_REPOSITORY:-}" = "$GITHUB_REPOSITORY" ] || is_fork=true
fi

# Prints whether the given words are all `true`.
all() {
    local word
    for word; do
        [ "$word" = true ] || { echo false; return; }
    done
    echo true
}
not() { [ "$1" = true ] && echo false || echo true; }

is_tag=$([ "$GITHUB_REF_TYPE" = tag ] && echo true || echo false)
# The runner has this address if `id-token` is `write`.
may_attest=$([ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ] && echo true || echo false)
publishes=$(all "$PUBLISH" "$is_tag" "$(not "$is_pull_request")")

{
    echo "code-scanning=$(all "$CODE_SCANNING" "$(not "$is_fork")")"
    echo "diff=$(all "$DIFF" "$is_pull_request")"
    echo "comment=$(all "$COMMENT" "$is_pull_request" "$(not "$is_fork")")"
    echo "publish=$publishes"
    echo "attest=$(all "$publishes" "$may_attest")"
} | tee -a "$GITHUB_OUTPUT"
