# shellcheck shell=bash
# Sourced by other scripts of the action.

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

# Runs git in the clone.
in_clone() { git -C "$DIRECTORY" "$@"; }

is_shallow() { [ "$(in_clone rev-parse --is-shallow-repository)" = true ]; }

# Fetches from the repository, with the job's token if the clone has no credentials and needs them.
fetch() {
    in_clone fetch --quiet "$@" ||
        GIT_CONFIG_COUNT=1 \
            GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader" \
            GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\n')" \
            in_clone fetch --quiet "$@"
}

# Gives witgen the credentials of the registry, if there are any: for that host, and in no argument.
log_in() {
    local host
    [ -n "$REGISTRY_PASSWORD" ] || return 0
    host=$(printf %s "$REGISTRY_HOST" | tr -c '[:alnum:]' _ | tr '[:lower:]' '[:upper:]')
    export "WKG_REGISTRY_${host}_AUTH_BASIC=$REGISTRY_USER:$REGISTRY_PASSWORD"
}
