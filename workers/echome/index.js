/**
 * The gateway of echome: answers /health itself and passes everything else to the service behind UPSTREAM_URL.
 *
 * Bindings: UPSTREAM_URL (empty while there is none), UPSTREAM_TIMEOUT_SECONDS, VERSION.
 */

/** Headers that concern one connection only (RFC 9110, 7.6.1). */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Headers by which a client could pretend to be another one, or to come from elsewhere. */
const ASSERTED_BY_CLIENT = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
  "x-user-id",
];

/** How this gateway signs what it passes on; a request that carries it has been here before. */
const VIA = "1.1 echome";

const DEFAULT_TIMEOUT_SECONDS = 25;

export default {
  /** @param {Request} request @param {Record<string, string>} env */
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/health") return health(request, env);
    if (!env.UPSTREAM_URL)
      return problem(503, "No upstream", "This API has no upstream yet.", { "retry-after": "3600" });
    if (request.headers.get("via")?.includes(VIA)) {
      return problem(508, "Loop detected", "The upstream leads back to this gateway.");
    }
    return passOn(request, env);
  },
};

function health(request, env) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return problem(405, "Method not allowed", "Health is read with GET.", { allow: "GET, HEAD" });
  }
  const body = JSON.stringify({ status: "ok", service: "echome", version: env.VERSION });
  return new Response(request.method === "HEAD" ? null : body, {
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}

async function passOn(request, env) {
  const seconds = Number(env.UPSTREAM_TIMEOUT_SECONDS) || DEFAULT_TIMEOUT_SECONDS;
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), seconds * 1000);
  try {
    const answer = await fetch(target(request.url, env.UPSTREAM_URL), {
      method: request.method,
      headers: requestHeaders(request),
      body: request.body,
      // The client follows redirects, not the gateway: a cookie could otherwise reach a host it was not meant for.
      redirect: "manual",
      signal: waiting.signal,
    });
    const headers = new Headers(answer.headers);
    removeHopByHop(headers);
    return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
  } catch {
    // What failed may name internal hosts; it is not for the client.
    return waiting.signal.aborted
      ? problem(504, "Upstream timeout", `The upstream did not answer within ${seconds} s.`)
      : problem(502, "Upstream unreachable", "The upstream could not be reached.");
  } finally {
    // The limit is on the beginning of the answer; a long stream may go on.
    clearTimeout(timer);
  }
}

/** The request's path and query below the upstream's base URL. */
function target(requested, base) {
  const { pathname, search } = new URL(requested);
  return base.replace(/\/+$/, "") + pathname + search;
}

function requestHeaders(request) {
  const headers = new Headers(request.headers);
  removeHopByHop(headers);
  for (const name of ASSERTED_BY_CLIENT) headers.delete(name);
  const { host, protocol } = new URL(request.url);
  headers.set("x-forwarded-host", host);
  headers.set("x-forwarded-proto", protocol.slice(0, -1));
  const client = request.headers.get("cf-connecting-ip");
  if (client) headers.set("x-forwarded-for", client);
  const earlier = request.headers.get("via");
  headers.set("via", earlier ? `${earlier}, ${VIA}` : VIA);
  return headers;
}

function removeHopByHop(headers) {
  const named = (headers.get("connection") ?? "").split(",").map((name) => name.trim());
  for (const name of [...HOP_BY_HOP, ...named]) {
    if (/^[\w-]+$/.test(name)) headers.delete(name);
  }
}

/** An error as RFC 9457 describes it. */
function problem(status, title, detail, headers = {}) {
  return new Response(JSON.stringify({ type: "about:blank", title, status, detail }), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
}
