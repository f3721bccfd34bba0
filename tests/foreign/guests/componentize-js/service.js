// A service of WASI 0.2: the request path selects the behaviour.

const LARGE = new Uint8Array(1 << 20).map((_, index) => index);

addEventListener("fetch", (event) => event.respondWith(handle(event.request)));

async function handle(request) {
  const { pathname, search } = new URL(request.url);
  const path = pathname + search;
  switch (path) {
    case "/fail":
    case "/trap":
      throw new Error("asked for");
    case "/echo":
      return new Response(request.body);
    case "/large":
      return new Response(LARGE);
    case "/headers":
      return new Response(lines(request.headers));
    case "/ask":
      return new Response(await ask());
  }
  if (path.startsWith("/status/")) {
    return new Response(null, { status: Number(path.slice("/status/".length)) });
  }
  return new Response(`${request.method} ${path}`);
}

async function ask() {
  try {
    await fetch("http://denied.example/");
    return "answered";
  } catch (error) {
    return String(error);
  }
}

// A character of a header's value is one of its bytes.
function lines(headers) {
  const text = [...headers].map(([name, value]) => `${name}: ${value}\n`).join("");
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
