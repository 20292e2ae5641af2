/** Runs the uploaded module, unchanged, in workerd. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";

const PROGRAM = readFileSync(new URL("../../components/workers/worker.py", import.meta.url), "utf8");

/** The compatibility date of the deployed Workers. */
export const COMPATIBILITY_DATE = PROGRAM.match(/COMPATIBILITY_DATE = "([\d-]+)"/)[1];

/** Starts a Worker. `fetch(path, init)` sends it a request for its public host. */
export async function start(t, name, bindings = {}, host = `${name}.prductr.com`) {
  const runtime = new Miniflare({
    modules: true,
    scriptPath: fileURLToPath(new URL(`../${name}/index.js`, import.meta.url)),
    compatibilityDate: COMPATIBILITY_DATE,
    bindings: { VERSION: "0123456789ab", ...bindings },
    host: "127.0.0.1",
  });
  t.after(() => runtime.dispose());
  await runtime.ready;
  return { fetch: (path, init) => runtime.dispatchFetch(`https://${host}${path}`, { redirect: "manual", ...init }) };
}

/** Starts an upstream on loopback that responds with `handler(request, response)`; returns its base URL. */
export async function upstream(t, handler) {
  const server = createServer(handler);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** Responds with the received request, as JSON. */
export function echo(request, response) {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        method: request.method,
        url: request.url,
        headers: request.headers,
        body: `${Buffer.concat(chunks)}`,
      }),
    );
  });
}
