// A service: the request path selects the behaviour.

import client from "wasi:http/client@0.3.1002";
import types from "wasi:http/types@0.3.1002";

const { Fields, Request, Response } = types;
// The second type of bytes is that of `wasi:http`; the first is that of `wasi:cli`.
const BYTES = wit.Stream.U8_2;
const LARGE = new Uint8Array(1 << 20).map((_, index) => index);

export const handler = {
  async handle(request) {
    const path = request.getPathWithQuery() ?? "*";
    switch (path) {
      case "/fail":
        throw { tag: "destination-unavailable" };
      case "/trap":
        throw new Error("asked for");
      case "/echo":
        return echo(request);
      case "/large":
        return respond(LARGE);
      case "/headers":
        return respond(lines(request.getHeaders().copyAll()));
      case "/ask":
        return ask();
    }
    if (path.startsWith("/status/")) {
      const response = respond(null);
      response.setStatusCode(Number(path.slice("/status/".length)));
      return response;
    }
    const method = request.getMethod();
    return respond(bytes(`${method.val ?? method.tag.toUpperCase()} ${path}`));
  },
};

function ask() {
  const trailers = wit.Future(wit.Future.RESULT_OPTION_OTHER_ERROR_CODE);
  trailers.writable.write({ tag: "ok", val: null });
  const [question, sent] = Request.new(new Fields(), null, trailers.readable, null);
  sent.drop();
  question.setScheme({ tag: "HTTP" });
  question.setAuthority("denied.example");
  question.setPathWithQuery("/");
  try {
    client.send(question);
    return respond(bytes("answered"));
  } catch (error) {
    const code = error.payload ?? error;
    return respond(bytes(code.tag === "HTTP-request-denied" ? "denied" : `another error: ${code.tag}`));
  }
}

function echo(request) {
  const taken = wit.Future(wit.Future.RESULT_VOID_WASI_HTTP_TYPES_0_3_1002_ERROR_CODE);
  taken.writable.write({ tag: "ok" });
  const [content, trailers] = Request.consumeBody(request, taken.readable);
  const [response, sent] = Response.new(new Fields(), content, trailers);
  sent.drop();
  return response;
}

function respond(content) {
  const { readable, writable } = content ? wit.Stream(BYTES) : { readable: null };
  writable?.writeAll(content).finally(() => writable.drop());
  const trailers = wit.Future(wit.Future.RESULT_OPTION_OTHER_ERROR_CODE);
  trailers.writable.write({ tag: "ok", val: null });
  const [response, sent] = Response.new(new Fields(), readable, trailers.readable);
  sent.drop();
  return response;
}

function lines(fields) {
  return new Uint8Array(fields.flatMap(([name, value]) => [...bytes(`${name}: `), ...value, 10]));
}

// The bytes of a text in ASCII.
function bytes(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
