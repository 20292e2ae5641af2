import type { Caller } from "./token.ts";

/** Headers that concern one connection only (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);
/** A header's name (RFC 9110, 5.6.2). */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * Headers by which a client could pretend to be another one, to come from elsewhere, to have passed a check, or to ask for
 * something else than method and path say. Credentials stay here: the upstream learns who calls from the gateway.
 */
const PRETENDED =
  /^(x-(user|organization|org|tenant|account|prductr|auth|authenticated|remote|forwarded|original|rewrite|http-method|method|internal|middleware|vercel|envoy|real|cluster-client|azure|amzn?|goog)([-_].*)?|x-client-(ip|cert|dn|verify).*|x-(host|url|path|scheme|ssl|proto|request-id)([-_].*)?|forwarded([-_].*)?|true-client-ip|client-ip|fastly-.*|cf-.*|cdn-.*|remote-.*|ssl-.*|proxy-.*|proxy|authorization|cookie2?|host|via|expect)$/;

/** What is the gateway's to say in an answer, or says more of the upstream than a client needs. */
const UPSTREAMS_OWN =
  /^(access-control-.*|ratelimit.*|x-ratelimit-.*|x-prductr-.*|x-user-.*|x-organization-.*|x-request-id|cf-.*|set-cookie2?|server|server-timing|x-powered-by|x-aspnet.*|x-runtime|x-envoy-.*|x-vercel-.*|alt-svc|via|strict-transport-security|public-key-pins.*)$/;

/** What a call carries to the upstream beside the client's harmless headers. */
export interface Passage {
  readonly id: string;
  readonly caller: Caller;
  readonly url: URL;
  readonly secret: string;
  readonly via: string;
}

/** The headers for the upstream: the client's without what it could pretend by, and the gateway's own. */
export function requestHeaders(request: Request, { id, caller, url, secret, via }: Passage): Headers {
  const headers = new Headers(request.headers);
  remove(headers, request.headers, isPretended);
  headers.set("x-user-id", caller.user);
  if (caller.organization !== null) headers.set("x-organization-id", caller.organization);
  headers.set("x-request-id", id);
  headers.set("x-prductr-gateway", secret);
  headers.set("x-forwarded-host", url.host);
  headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
  const client = request.headers.get("cf-connecting-ip");
  if (client !== null && /^[0-9a-f.:]{2,45}$/i.test(client)) headers.set("x-forwarded-for", client);
  const earlier = request.headers.get("via");
  headers.set("via", earlier ? `${earlier}, ${via}` : via);
  return headers;
}

/** Whether the request has been at this gateway before: it signs what it passes on. */
export function isLoop(headers: Headers, via: string): boolean {
  return (headers.get("via") ?? "").split(",").some((each) => each.trim() === via);
}

/** The upstream's headers, without those that are not its to set. */
export function responseHeaders(answer: Headers): Headers {
  const headers = new Headers(answer);
  remove(headers, answer, (name) => UPSTREAMS_OWN.test(name));
  return headers;
}

/** Sets what stands on every answer of the gateway, the upstream's included. */
export function secure(headers: Headers, id: string): void {
  headers.set("x-request-id", id);
  headers.set("strict-transport-security", "max-age=31536000");
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  if (!headers.has("content-security-policy")) {
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  }
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
}

/** Many servers take an underscore for a hyphen. */
function isPretended(name: string): boolean {
  const normal = name.replaceAll("_", "-");
  return HOP_BY_HOP.has(normal) || PRETENDED.test(normal);
}

/** Removes from `headers`, a copy of `original`, what `isForeign` names, what concerns one connection, and what it names. */
function remove(headers: Headers, original: Headers, isForeign: (name: string) => boolean): void {
  for (const name of original.keys()) if (HOP_BY_HOP.has(name) || isForeign(name)) headers.delete(name);
  for (const named of (original.get("connection") ?? "").split(",")) {
    const name = named.trim();
    if (TOKEN.test(name)) headers.delete(name);
  }
}
