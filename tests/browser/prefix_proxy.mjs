// A proxy that serves a server below a path prefix, and says so in forwarded headers.
import { createServer, request } from "node:http";

/** Starts it on a port of its own. Answers {base, close()}; `base` is where the server's root is. */
export async function serveBelow(prefix, upstream) {
  const target = new URL(upstream);
  const server = createServer((incoming, outgoing) => {
    if (!incoming.url.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end("outside of the prefix");
      return;
    }
    const headers = {
      ...incoming.headers,
      host: target.host,
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": incoming.headers.host,
      "x-forwarded-proto": "http",
      "x-forwarded-prefix": prefix,
    };
    const path = incoming.url.slice(prefix.length);
    const passedOn = request({ host: target.hostname, port: target.port, path, method: incoming.method, headers });
    passedOn.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    passedOn.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passedOn.destroy());
    passedOn.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { base: `http://127.0.0.1:${server.address().port}${prefix}`, close };
}
