{%- if new.is_proxy -%}
// A proxy that adds a header to every response.

import origin from "wasi:http/origin@{{ new.version }}";
import types from "wasi:http/types@{{ new.version }}";

const { Response } = types;
const TAKEN = wit.Future.RESULT_VOID_WASI_HTTP_TYPES_{{ constant }}_ERROR_CODE;

export const handler = {
  async handle(request) {
    const response = origin.handle(request);
    const headers = response.getHeaders().clone();
    headers.append("x-stamp", bytes("1"));
    const status = response.getStatusCode();
    const taken = wit.Future(TAKEN);
    taken.writable.write({ tag: "ok" });
    const [content, trailers] = Response.consumeBody(response, taken.readable);
    const [stamped, sent] = Response.new(headers, content, trailers);
    sent.drop();
    stamped.setStatusCode(status);
    return stamped;
  },
};
{%- else -%}
// A service that responds with the path of each request.

import types from "wasi:http/types@{{ new.version }}";

const { Fields, Response } = types;
// The second type of bytes is that of `wasi:http`; the first is that of `wasi:cli`.
const BYTES = wit.Stream.U8_2;

export const handler = {
  async handle(request) {
    const path = request.getPathWithQuery() ?? "*";
    return respond(bytes(`${path}\n`));
  },
};

function respond(content) {
  const { readable, writable } = wit.Stream(BYTES);
  // The head is sent when the handler returns; the content follows.
  writable.writeAll(content).finally(() => writable.drop());
  const trailers = wit.Future(wit.Future.RESULT_OPTION_OTHER_ERROR_CODE);
  trailers.writable.write({ tag: "ok", val: null });
  const [response, sent] = Response.new(new Fields(), readable, trailers.readable);
  sent.drop();
  return response;
}
{%- endif %}

// The bytes of a text in ASCII.
function bytes(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
