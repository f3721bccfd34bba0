#!/usr/bin/env bash
# Compares the package with the base of the pull request, and writes the report into the summary of the run.
set -euo pipefail

# What is tested is a merge commit; its first parent is the base. A shallow clone has no parents.
base() { git -C "$DIRECTORY" rev-parse --verify --quiet "$GITHUB_SHA^1^{commit}"; }
if ! base > /dev/null; then
    fetch=(git -C "$DIRECTORY" fetch --quiet --no-tags)
    if [ "$(git -C "$DIRECTORY" rev-parse --is-shallow-repository)" = true ]; then
        fetch+=(--depth=2)
    fi
    fetch+=(origin "$GITHUB_SHA")
    if ! "${fetch[@]}"; then
        # The checkout doesn't keep credentials, and the repository is private.
        GIT_CONFIG_COUNT=1 \
            GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader" \
            GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\n')" \
            "${fetch[@]}" || true
    fi
fi

warn() { echo "::warning title=witgen diff::$1"; }
if ! commit=$(base); then
    warn "the clone has no base to compare with; check the pull request out with actions/checkout"
    exit
fi
report=$RUNNER_TEMP/witgen-diff.md
status=0
witgen -C "$DIRECTORY" diff "git:$commit" --format markdown > "$report" 2> "$report.errors" || status=$?
if [ "$status" -gt 1 ]; then
    # The base has no package yet, or one that isn't valid, which this change may be about.
    cat "$report" "$report.errors" >&2
    warn "the base of the pull request can't be compared with; the log of this step says why"
    exit
fi
cat "$report.errors" >&2
cat "$report" >> "$GITHUB_STEP_SUMMARY"
changes=$(witgen -C "$DIRECTORY" diff "git:$commit" --format github 2> /dev/null | wc -l)
{
    # Some programs of that name print spaces.
    echo "changes=$((changes))"
    echo "report=$report"
} | tee -a "$GITHUB_OUTPUT"
