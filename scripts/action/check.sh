#!/usr/bin/env bash
# Checks what witgen.toml lists, or the rules of lint where there is none, and shows findings beside the lines of the change.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$GITHUB_ACTION_PATH/scripts/action/common.sh"
format=github
# Code scanning shows them itself.
[ "$CODE_SCANNING" = true ] && format=human
command=$(check_command)
# A baseline or a dependency may be in a private registry.
log_in
findings=$RUNNER_TEMP/witgen-findings
check() { witgen -C "$DIRECTORY" "$command" --format "$format"; }

status=0
check > "$findings" 2>&1 || status=$?
if [ "$status" != 0 ] && grep -q shallow-clone "$findings" && is_shallow; then
    # The baseline is a revision that a clone of one commit doesn't have.
    fetch --unshallow --tags origin
    check
    exit
fi
cat "$findings"
exit "$status"
