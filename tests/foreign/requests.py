"""The requests that every guest has to respond to, and what their responses have to be."""

import http.client
import io
import re
import socket
from dataclasses import dataclass, field
from typing import Callable, Optional

LARGE = bytes(range(256)) * 4096
TIMEOUT = 30


@dataclass
class Response:
    """A response, read to its end."""

    status: int
    headers: list
    body: bytes
    is_reused: bool = False

    def header(self, name: str) -> Optional[str]:
        values = [value for key, value in self.headers if key.lower() == name]
        return values[0] if values else None


@dataclass
class Case:
    """A request as bytes, and the check of its response; a check returns what is wrong, or nothing."""

    name: str
    request: bytes
    check: Callable[[Response], Optional[str]]
    method: str = "GET"
    # Sent after the first response, interim or not.
    rest: bytes = b""
    # A request after which another one has to succeed.
    is_fatal: bool = False


def read_response(reader: io.BufferedReader, method: str) -> Response:
    class Source:
        def makefile(self, _mode: str) -> io.BufferedReader:
            return reader

    while True:
        response = http.client.HTTPResponse(Source(), method=method)
        response.fp = reader
        response.begin()
        if response.status != 100:
            break
    # The reader belongs to the connection, which may have another response.
    body = response.read()
    return Response(response.status, response.getheaders(), body)


class Reader(io.BufferedReader):
    """A reader that stays open when `http.client` closes it after a response."""

    def close(self) -> None:
        pass


def send(address: tuple, case: Case) -> Response:
    """Sends a request on a connection of its own."""
    with socket.create_connection(address, TIMEOUT) as connection:
        reader = Reader(connection.makefile("rb", buffering=0))
        connection.sendall(case.request)
        if case.rest:
            # A guest that returns the content may respond before anything of it has come.
            if not reader.peek(1):
                raise ConnectionError("the connection was closed")
            connection.sendall(case.rest)
        return read_response(reader, case.method)


def status(expected: int, content: Optional[bytes] = None) -> Callable[[Response], Optional[str]]:
    def check(response: Response) -> Optional[str]:
        if response.status != expected:
            return f"status {response.status}, expected {expected}"
        if content is not None and response.body != content:
            return f"content {response.body[:60]!r}, expected {content[:60]!r}"
        return None

    return check


def contains(part: bytes) -> Callable[[Response], Optional[str]]:
    def check(response: Response) -> Optional[str]:
        if response.status != 200:
            return f"status {response.status}, expected 200"
        if not re.search(part, response.body):
            return f"content {response.body[:200]!r} without {part!r}"
        return None

    return check


def one_of(*expected: int) -> Callable[[Response], Optional[str]]:
    def check(response: Response) -> Optional[str]:
        return None if response.status in expected else f"status {response.status}, expected one of {expected}"

    return check


def head(method: str, target: str, *fields: str, version: str = "1.1", host: str = "example.com") -> bytes:
    lines = [f"{method} {target} HTTP/{version}"]
    if host:
        lines.append(f"Host: {host}")
    return "\r\n".join([*lines, *fields, "", ""]).encode("latin-1")


def with_length(method: str, target: str, content: bytes, *fields: str) -> bytes:
    return head(method, target, f"Content-Length: {len(content)}", *fields) + content


def chunked(content: bytes, *trailers: str) -> bytes:
    half = len(content) // 2
    out = b""
    for piece in [content[:half], content[half:]]:
        if piece:
            out += f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    return out + b"0\r\n" + "".join(f"{line}\r\n" for line in trailers).encode() + b"\r\n"


def cases() -> list:
    chunks = "Transfer-Encoding: chunked"
    found = [
        Case("GET", head("GET", "/a"), contains(b"GET /a$")),
        Case("query", head("GET", "/a?b=c&d"), contains(rb"GET /a\?b=c&d$")),
        Case("percent-encoding", head("GET", "/%2Fa%20b"), contains(b"GET /%2Fa%20b$")),
        Case("HEAD", head("HEAD", "/a"), status(200, b""), method="HEAD"),
        Case("HEAD of a large response", head("HEAD", "/large"), status(200, b""), method="HEAD"),
        Case("DELETE", head("DELETE", "/a"), contains(b"DELETE /a$")),
        Case("unknown method", head("BREW", "/a"), contains(b"BREW /a$")),
        Case("OPTIONS", head("OPTIONS", "/a"), contains(b"OPTIONS /a$")),
        Case("OPTIONS *", head("OPTIONS", "*"), one_of(200, 204)),
        Case("absolute target", head("GET", "http://example.com/a"), contains(b"GET /a$")),
        Case("HTTP/1.0", head("GET", "/a", version="1.0", host=""), contains(b"GET /a$")),
        Case("Connection: close", head("GET", "/a", "Connection: close"), contains(b"GET /a$")),
        Case("POST without content", with_length("POST", "/echo", b""), status(200, b"")),
        Case("POST", with_length("POST", "/echo", b"content"), status(200, b"content")),
        Case("PUT", with_length("PUT", "/echo", b"content"), status(200, b"content")),
        Case("PATCH", with_length("PATCH", "/echo", b"content"), status(200, b"content")),
        Case("1 MB with a length", with_length("POST", "/echo", LARGE), status(200, LARGE)),
        Case("chunks", head("POST", "/echo", chunks) + chunked(b"content"), status(200, b"content")),
        Case("1 MB in chunks", head("POST", "/echo", chunks) + chunked(LARGE), status(200, LARGE)),
        Case("trailers", head("POST", "/echo", chunks) + chunked(b"content", "X-End: 1"), status(200, b"content")),
        Case(
            "Expect: 100-continue",
            head("POST", "/echo", "Content-Length: 7", "Expect: 100-continue"),
            status(200, b"content"),
            rest=b"content",
        ),
        Case("unread content", with_length("POST", "/a", b"content"), contains(b"POST /a$")),
        Case("large response", head("GET", "/large"), status(200, LARGE)),
        Case("204", head("GET", "/status/204"), status(204, b"")),
        Case("304", head("GET", "/status/304"), status(304, b"")),
        Case("404", head("GET", "/status/404"), status(404)),
        Case("repeated headers", head("GET", "/headers", "X-A: 1", "X-A: 2"), contains(rb"(?i)x-a: 1\n(.*\n)*x-a: 2")),
        Case("empty header", head("GET", "/headers", "X-A:"), contains(rb"(?i)x-a: ?\n")),
        Case("bytes beyond ASCII", head("GET", "/headers", "X-A: \xe9"), contains(b"(?i)x-a: \xe9")),
        Case("large header", head("GET", "/headers", "X-A: " + "a" * 8000), contains(b"(?i)x-a: a{8000}")),
        Case("error", head("GET", "/fail"), one_of(500, 502, 503)),
        Case("denied side call", head("GET", "/ask"), contains(b"denied")),
        Case("trap", head("GET", "/trap"), one_of(500, 502), is_fatal=True),
    ]
    return found
