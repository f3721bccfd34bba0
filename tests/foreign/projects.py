"""Builds the projects that `witgen new --lang` makes, and serves them in chains with each other."""

import os
import shutil
from pathlib import Path

from hosts import serve
from requests import Case, contains, head, send
from toolchains import BUILD, COMPONENTIZE_PY, ZIGLANG, c_bindings, npm, python, run, witgen

CHAINS = [("javascript", "python"), ("python", "javascript"), ("c", "python"), ("javascript", "c")]


def build(language: str, world: str) -> Path:
    """Makes a project and builds it as its README says, with the tools that the guests are built with."""
    name = f"{language}-{world}"
    folder = BUILD / "projects" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
    run(witgen(), "new", world, name, "--lang", language, "--quiet", cwd=folder.parent)
    if language == "python":
        program = python("componentize-py", COMPONENTIZE_PY) / "componentize-py"
        run(program, "-d", "wit", "-w", world, "componentize", "app", "-o", f"{name}.wasm", cwd=folder)
    elif language == "c":
        c_bindings(folder / "wit", world, folder / "bindings")
        compiler = f"{python('ziglang', ZIGLANG) / 'python'} -m ziglang cc -Werror"
        path = f"{witgen().parent}{os.pathsep}{os.environ['PATH']}"
        # The bindings are there already.
        names = {"PATH": path, "WIT_BINDGEN": "true", "CC": compiler, "ZIG_GLOBAL_CACHE_DIR": str(BUILD / "zig")}
        run("sh", "build.sh", cwd=folder, environment=names)
    else:
        (folder / "node_modules").symlink_to(npm())
        path = f"{witgen().parent}{os.pathsep}{os.environ['PATH']}"
        run("npm", "run", "build", cwd=folder, environment={"PATH": path})
    component = folder / f"{name}.wasm"
    run(witgen(), "component", component, "--wit", "wasi:http@0.3.1002", "--world", world)
    return component


def test() -> list:
    """Returns what is wrong with the chains of a proxy and a service."""
    wrong = []
    for proxy, service in CHAINS:
        server = serve(build(proxy, "proxy"), build(service, "service"))
        try:
            response = send(server.address, Case("GET", head("GET", "/a"), contains(b"")))
        finally:
            server.stop()
        found = (response.status, response.header("x-stamp"), response.body)
        if found != (200, "1", b"/a\n"):
            wrong.append(f"a {proxy} proxy before a {service} service responded with {found}")
        print(f"a {proxy} proxy before a {service} service: {found}", flush=True)
    return wrong
