#!/usr/bin/env bash
# Puts the witgen that was downloaded or built on the PATH of all further steps of the job.
set -euo pipefail

bin=$RUNNER_TEMP/witgen-action/bin
if [ -n "$(ls "$bin")" ]; then
    echo "$bin" >> "$GITHUB_PATH"
    export PATH=$bin:$PATH
fi
witgen --version
