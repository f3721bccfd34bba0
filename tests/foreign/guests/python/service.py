"""A service: the request path selects the behaviour."""

import componentize_py_async_support as tasks
import wit_world
from componentize_py_types import Err, Ok
from wit_world import exports
from wit_world.imports import client
from wit_world.imports import wasi_http_types as http

LARGE = bytes(range(256)) * 4096


class Handler(exports.Handler):
    async def handle(self, request: http.Request) -> http.Response:
        path = request.get_path_with_query() or "*"
        if path == "/fail":
            raise Err(http.ErrorCode_DestinationUnavailable())
        if path == "/trap":
            raise RuntimeError("asked for")
        if path == "/echo":
            _, taken = wit_world.result_unit_wasi_http_types_error_code_future(lambda: Ok(None))
            content, trailers = http.Request.consume_body(request, taken)
            return http.Response.new(http.Fields(), content, trailers)[0]
        if path == "/large":
            return respond(LARGE)
        if path.startswith("/status/"):
            response = respond(b"")
            response.set_status_code(int(path.removeprefix("/status/")))
            return response
        if path == "/headers":
            lines = [name.encode() + b": " + value + b"\n" for name, value in request.get_headers().copy_all()]
            return respond(b"".join(lines))
        if path == "/ask":
            return respond(await ask())
        return respond(f"{method(request.get_method())} {path}".encode())


def method(method: http.Method) -> str:
    match method:
        case http.Method_Other(name):
            return name
        case other:
            return type(other).__name__.removeprefix("Method_").upper()


async def ask() -> bytes:
    _, trailers = wit_world.result_option_wasi_http_types_fields_wasi_http_types_error_code_future(lambda: Ok(None))
    question, _ = http.Request.new(http.Fields(), None, trailers, None)
    question.set_scheme(http.Scheme_Http())
    question.set_authority("denied.example")
    question.set_path_with_query("/")
    try:
        await client.send(question)
    except Err as error:
        is_denied = isinstance(error.value, http.ErrorCode_HttpRequestDenied)
        return b"denied" if is_denied else repr(error.value).encode()
    return b"answered"


def respond(content: bytes) -> http.Response:
    writer, reader = wit_world.byte_stream()
    _, trailers = wit_world.result_option_wasi_http_types_fields_wasi_http_types_error_code_future(lambda: Ok(None))

    async def write() -> None:
        with writer:
            await writer.write_all(content)

    tasks.spawn(write())
    return http.Response.new(http.Fields(), reader, trailers)[0]
