#!/usr/bin/env bash
# Checks what witgen.toml lists, or the rules of lint where there is none, and shows findings beside the lines of the change.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=command.sh
. "$GITHUB_ACTION_PATH/scripts/action/command.sh"
format=github
# Code scanning shows them itself.
[ "$CODE_SCANNING" = true ] && format=human
witgen -C "$DIRECTORY" "$(check_command)" --format "$format"
