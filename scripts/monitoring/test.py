#!/usr/bin/env python3
"""Tests the dashboard and the alerts of packaging/monitoring on metrics of a real server; scripts/test-monitoring.sh runs it.

    scripts/monitoring/test.py WITGEN_SERVE FOLDER_OF_GUESTS
"""

import itertools
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MONITORING = ROOT / "packaging/monitoring"
TIMEOUT = 60
# Alerts look at minutes, and the test at seconds.
SHORTER = [(r"\[5m\]", "[10s]"), (r"for: \S+", "for: 1s")]
VARIABLES = {
    "$job": "witgen",
    "$instance": ".*",
    "$chain": ".*",
    "$__rate_interval": "10s",
    "$__interval": "2s",
}


class Origin(BaseHTTPRequestHandler):
    """Answers, after a while if the path says so. One of ten side calls is rejected."""

    checks = itertools.count(1)

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if "slow" in self.path:
            time.sleep(1.5)
        is_rejected = self.path == "/check" and next(self.checks) % 10 == 0
        self.send_response(403 if is_rejected else 200)
        self.send_header("content-length", "6")
        self.end_headers()
        self.wfile.write(b"inside")

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A server whose clients may disconnect."""

    def handle_error(self, *_: object) -> None:
        pass


def start_origin() -> Server:
    server = Server(("127.0.0.1", 0), Origin)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def url_of(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def stop_origin(server: Server) -> None:
    server.shutdown()
    server.server_close()


def ask(url: str, method: str = "GET") -> int:
    data = b"content" if method == "POST" else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, method=method), timeout=10) as response:
            response.read()
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


class Prometheus:
    """A Prometheus that scrapes one address every half second."""

    def __init__(self, folder: Path, scraped: str) -> None:
        rules = (MONITORING / "alerts.yml").read_text()
        for pattern, shorter in SHORTER:
            rules = re.sub(pattern, shorter, rules)
        (folder / "alerts.yml").write_text(rules)
        config = {
            "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"},
            "rule_files": ["alerts.yml"],
            "scrape_configs": [{"job_name": "witgen", "static_configs": [{"targets": [scraped]}]}],
        }
        # YAML contains JSON.
        (folder / "prometheus.yml").write_text(json.dumps(config))
        command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
        log = (folder / "prometheus.log").open("w")
        # Prometheus doesn't say which free port it has taken.
        probe = start_origin()
        self.url = url_of(probe)
        stop_origin(probe)
        command.append(f"--web.listen-address={self.url.removeprefix('http://')}")
        self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        wait_until("Prometheus is ready", self.is_ready)

    def is_ready(self) -> bool:
        try:
            return ask(f"{self.url}/-/ready") == 200
        except OSError:
            return False

    def get(self, path: str, **parameters: object) -> dict:
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url) as response:
                return json.load(response)["data"]
        except urllib.error.HTTPError as error:
            sys.exit(f"{parameters}: {json.load(error)['error']}")

    def firing(self) -> set:
        alerts = self.get("alerts")["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def has_result(self, query: str) -> bool:
        """Whether a query had a number as its result at any time."""
        end = time.time()
        series = self.get("query_range", query=query, start=end - TIMEOUT, end=end, step=1)["result"]
        return any(math.isfinite(float(value)) for one in series for _, value in one["values"])


def wait_until(what: str, is_true: object) -> None:
    begin = time.monotonic()
    while not is_true():
        if time.monotonic() - begin > TIMEOUT:
            sys.exit(f"waited for {TIMEOUT} s until {what}")
        time.sleep(0.2)


def queries() -> list:
    """All queries of the dashboard, each with the panel that has it."""
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    found = []
    for panel in dashboard["panels"]:
        found += [(panel["title"], target["expr"]) for target in panel.get("targets", [])]
    for annotation in dashboard["annotations"]["list"]:
        found.append((annotation["name"], annotation["expr"]))
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            metric, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
            found.append((variable["name"], f'group by ({label}) ({metric})'))
    for name, value in VARIABLES.items():
        found = [(title, query.replace(name, value)) for title, query in found]
    left = [query for _, query in found if "$" in query]
    if left:
        sys.exit(f"unknown variables in {left}")
    return found


def serve(program: str, folder: Path, environment: dict) -> tuple:
    command = [program, str(folder / "chain.toml"), "--log", "json"]
    log = (folder / "serve.log").open("w")
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=log, text=True
    )
    lines = [process.stdout.readline().strip() for _ in range(2)]
    if not all(lines):
        sys.exit((folder / "serve.log").read_text())
    return process, lines[0].removeprefix("listening on "), lines[1].removeprefix("admin on ")


def load(url: str, stopping: threading.Event, paths: list) -> None:
    while not stopping.is_set():
        for method, path in paths:
            try:
                ask(url + path, method)
            except OSError:
                pass
        time.sleep(0.05)


def test(program: str, guests: str, folder: Path, started: list) -> None:
    origin, second, first_down, second_down = servers = [start_origin() for _ in range(4)]
    closed = start_origin()
    port = closed.server_port
    stop_origin(closed)
    names = ["ORIGIN", "SECOND", "FIRST_DOWN", "SECOND_DOWN"]
    environment = dict(zip(names, map(url_of, servers)), GUESTS=guests, CLOSED=str(port))
    # Until the failures begin, no spans are sent.
    environment |= {"OTEL_BSP_SCHEDULE_DELAY": "500", "OTEL_TRACES_SAMPLER": "parentbased_always_off"}
    chain_file = (ROOT / "scripts/monitoring/chain.toml").read_text()
    (folder / "chain.toml").write_text(chain_file)
    server, url, admin = serve(program, folder, environment)
    started.append(server)
    prometheus = Prometheus(folder, admin.removeprefix("http://"))
    started.append(prometheus.process)

    stopping = threading.Event()
    good = [("GET", "/"), ("POST", "/")]
    threading.Thread(target=load, args=(url, stopping, good), daemon=True).start()
    wait_until("there are requests", lambda: prometheus.has_result("http_server_request_duration_seconds_count"))
    time.sleep(4)
    if prometheus.firing():
        sys.exit(f"nothing is wrong, but {sorted(prometheus.firing())} fire")
    print("ok: no alert fires while nothing is wrong")

    for failing in [second, first_down, second_down]:
        stop_origin(failing)
    failures = [("GET", path) for path in ["/panic", "/denied", "/limited", "/down"]]
    threading.Thread(target=load, args=(url, stopping, failures), daemon=True).start()
    for _ in range(24):
        threading.Thread(target=load, args=(url, stopping, [("GET", "/slow")]), daemon=True).start()
    # The client samples these, so their spans are sent.
    threading.Thread(target=load_sampled, args=(url, stopping), daemon=True).start()
    server.send_signal(signal.SIGHUP)
    wait_until("a reload is served", lambda: prometheus.has_result('witgen_reloads_total{result="served"} > 0'))
    (folder / "chain.toml").write_text(chain_file + "[unknown]\n")
    server.send_signal(signal.SIGHUP)

    rules = {rule["name"] for group in prometheus.get("rules")["groups"] for rule in group["rules"]}
    expected = rules - {"WitgenDown"}
    seen = set()

    def all_fire() -> bool:
        seen.update(prometheus.firing())
        return seen >= expected

    try:
        wait_until("all alerts fire", all_fire)
    finally:
        print(f"ok: {len(seen)} of {len(expected)} alerts fired", *sorted(expected - seen))

    broken = [f"{title}: {query}" for title, query in queries() if not prometheus.has_result(query)]
    if broken:
        sys.exit("no result of\n  " + "\n  ".join(broken))
    print(f"ok: {len(queries())} queries have results")

    stopping.set()
    server.kill()
    wait_until("WitgenDown fires", lambda: "WitgenDown" in prometheus.firing())
    print("ok: WitgenDown fires")


def load_sampled(url: str, stopping: threading.Event) -> None:
    while not stopping.is_set():
        header = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
        try:
            urllib.request.urlopen(urllib.request.Request(url, headers=header), timeout=10).read()
        except OSError:
            pass
        time.sleep(0.1)


def main() -> None:
    program, guests = sys.argv[1:]
    started = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            test(program, guests, Path(folder), started)
        finally:
            for process in started:
                process.kill()
                process.wait()


main()
