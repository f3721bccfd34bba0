"""A proxy: adds a header to every response, and leaves the rest."""

import wit_world
from componentize_py_types import Ok
from wit_world import exports
from wit_world.imports import origin
from wit_world.imports import wasi_http_types as http


class Handler(exports.Handler):
    async def handle(self, request: http.Request) -> http.Response:
        response = await origin.handle(request)
        status, headers = response.get_status_code(), response.get_headers().clone()
        headers.append("x-proxy", b"python")
        _, taken = wit_world.result_unit_wasi_http_types_error_code_future(lambda: Ok(None))
        content, trailers = http.Response.consume_body(response, taken)
        stamped, _ = http.Response.new(headers, content, trailers)
        stamped.set_status_code(status)
        return stamped
