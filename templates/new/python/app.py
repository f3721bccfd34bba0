{%- if new.is_proxy -%}
"""A proxy that adds a header to every response."""

import wit_world
from componentize_py_types import Ok
from wit_world import exports
from wit_world.imports import origin
from wit_world.imports import wasi_http_types as http


class Handler(exports.Handler):
    async def handle(self, request: http.Request) -> http.Response:
        response = await origin.handle(request)
        status, headers = response.get_status_code(), response.get_headers().clone()
        headers.append("x-stamp", b"1")
        _, taken = wit_world.result_unit_wasi_http_types_error_code_future(lambda: Ok(None))
        content, trailers = http.Response.consume_body(response, taken)
        stamped, _ = http.Response.new(headers, content, trailers)
        stamped.set_status_code(status)
        return stamped
{%- else -%}
"""A service that responds with the path of each request."""

import componentize_py_async_support as tasks
import wit_world
from componentize_py_types import Ok
from wit_world import exports
from wit_world.imports import wasi_http_types as http


class Handler(exports.Handler):
    async def handle(self, request: http.Request) -> http.Response:
        path = request.get_path_with_query() or "*"
        return respond(f"{path}\n".encode())


def respond(content: bytes) -> http.Response:
    writer, reader = wit_world.byte_stream()
    _, trailers = wit_world.result_option_wasi_http_types_fields_wasi_http_types_error_code_future(lambda: Ok(None))
    response, _ = http.Response.new(http.Fields(), reader, trailers)
    # The head is sent when the handler returns; the content follows.
    tasks.spawn(write(writer, content))
    return response


async def write(writer, content: bytes) -> None:
    with writer:
        await writer.write_all(content)
{%- endif %}
