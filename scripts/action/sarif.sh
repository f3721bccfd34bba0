#!/usr/bin/env bash
# Writes findings for code scanning.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$GITHUB_ACTION_PATH/scripts/action/common.sh"
log_in
file=$RUNNER_TEMP/witgen.sarif
status=0
witgen -C "$DIRECTORY" "$(check_command)" --format sarif > "$file" || status=$?
# The step before has failed because of findings.
[ "$status" -le 1 ] || exit "$status"
echo "file=$file" >> "$GITHUB_OUTPUT"
