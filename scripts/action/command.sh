# shellcheck shell=bash
# Sourced by the scripts that check.

# Prints the command that checks the package: `check` needs a manifest.
check_command() {
    local folder
    folder=$(cd "$DIRECTORY" && pwd)
    while [ ! -f "$folder/witgen.toml" ]; do
        if [ "$folder" = "$GITHUB_WORKSPACE" ] || [ "$folder" = / ]; then
            echo lint
            return
        fi
        folder=$(dirname "$folder")
    done
    echo check
}
