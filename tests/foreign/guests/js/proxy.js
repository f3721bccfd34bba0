// A proxy: adds a header to every response, and leaves the rest.

import origin from "wasi:http/origin@0.3.1002";
import types from "wasi:http/types@0.3.1002";

const { Response } = types;

export const handler = {
  async handle(request) {
    const response = origin.handle(request);
    const headers = response.getHeaders().clone();
    headers.append("x-proxy", Uint8Array.from("js", (character) => character.charCodeAt(0)));
    const status = response.getStatusCode();
    const taken = wit.Future(wit.Future.RESULT_VOID_WASI_HTTP_TYPES_0_3_1002_ERROR_CODE);
    taken.writable.write({ tag: "ok" });
    const [content, trailers] = Response.consumeBody(response, taken.readable);
    const [stamped, sent] = Response.new(headers, content, trailers);
    sent.drop();
    stamped.setStatusCode(status);
    return stamped;
  },
};
