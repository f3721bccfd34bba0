#!/usr/bin/env bash
# Compares the package with the base of the pull request, and writes the report into the summary of the run.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$GITHUB_ACTION_PATH/scripts/action/common.sh"

# What is tested is a merge commit; its first parent is the base. A shallow clone has no parents.
base() { in_clone rev-parse --verify --quiet "$GITHUB_SHA^1^{commit}"; }
if ! base > /dev/null; then
    depth=()
    is_shallow && depth=(--depth=2)
    fetch --no-tags ${depth[@]+"${depth[@]}"} origin "$GITHUB_SHA" || true
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
