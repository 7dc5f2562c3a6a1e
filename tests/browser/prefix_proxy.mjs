// A proxy that serves a server below a path prefix, or over https, and may say so in forwarded headers.
import { createServer, request } from "node:http";
import { createServer as createSecureServer } from "node:https";

/**
 * Starts it on a port of its own. Answers {base, close()}; `base` is where the server's root is. `tls`: {key, cert} for
 * https. `tells`: whether it sends forwarded headers.
 */
export async function serveBelow(prefix, upstream, { tls = null, tells = true } = {}) {
  const target = new URL(upstream);
  const scheme = tls ? "https" : "http";
  const pass = (incoming, outgoing) => {
    if (!incoming.url.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end("outside of the prefix");
      return;
    }
    const forwarded = {
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": incoming.headers.host,
      "x-forwarded-proto": scheme,
      "x-forwarded-prefix": prefix,
    };
    const headers = { ...incoming.headers, host: incoming.headers.host, ...(tells ? { ...forwarded, host: target.host } : {}) };
    const path = incoming.url.slice(prefix.length);
    const passedOn = request({ host: target.hostname, port: target.port, path, method: incoming.method, headers });
    passedOn.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    passedOn.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passedOn.destroy());
    passedOn.end();
  };
  const server = tls ? createSecureServer(tls, pass) : createServer(pass);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { base: `${scheme}://127.0.0.1:${server.address().port}${prefix}`, close };
}
