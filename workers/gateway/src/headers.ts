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
 * Headers with which a client could pretend to be another one, to come from elsewhere, to have passed a check, or to request
 * another method or path. Credentials stay here: the gateway names the caller to the upstream.
 */
const PRETENDED =
  /^(x-(user|organization|org|tenant|account|prductr|auth|authenticated|remote|forwarded|original|rewrite|http-method|method|internal|middleware|vercel|envoy|real|cluster-client|azure|amzn?|goog)([-_].*)?|x-client-(ip|cert|dn|verify).*|x-(host|url|path|scheme|ssl|proto|request-id)([-_].*)?|forwarded([-_].*)?|true-client-ip|client-ip|fastly-.*|cf-.*|cdn-.*|remote-.*|ssl-.*|proxy-.*|proxy|authorization|cookie2?|host|via|expect)$/;

/** Response headers that only the gateway sets, or that reveal more of the upstream than a client needs. */
const UPSTREAMS_OWN =
  /^(access-control-.*|ratelimit.*|x-ratelimit-.*|x-prductr-.*|x-user-.*|x-organization-.*|x-request-id|cf-.*|set-cookie2?|server|server-timing|x-powered-by|x-aspnet.*|x-runtime|x-envoy-.*|x-vercel-.*|alt-svc|via|strict-transport-security|public-key-pins.*)$/;

/** The gateway's additions to a call, beside the client's harmless headers. */
export interface Passage {
  readonly id: string;
  readonly caller: Caller;
  readonly url: URL;
  readonly secret: string;
  readonly via: string;
}

/** Returns the headers for the upstream: the client's without those that could forge anything, and the gateway's own. */
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

/** Whether the request has passed this gateway before, which adds itself to `Via`. */
export function isLoop(headers: Headers, via: string): boolean {
  return (headers.get("via") ?? "").split(",").some((each) => each.trim() === via);
}

/** Returns the upstream's headers, without those that it must not set. */
export function responseHeaders(answer: Headers): Headers {
  const headers = new Headers(answer);
  remove(headers, answer, (name) => UPSTREAMS_OWN.test(name));
  return headers;
}

/** Sets the headers of every response of the gateway, including the upstream's. */
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

/** Many servers treat an underscore as a hyphen. */
function isPretended(name: string): boolean {
  const normal = name.replaceAll("_", "-");
  return HOP_BY_HOP.has(normal) || PRETENDED.test(normal);
}

/** Removes from `headers`, a copy of `original`, foreign and hop-by-hop headers, and those that `Connection` names. */
function remove(headers: Headers, original: Headers, isForeign: (name: string) => boolean): void {
  for (const name of original.keys()) if (HOP_BY_HOP.has(name) || isForeign(name)) headers.delete(name);
  for (const named of (original.get("connection") ?? "").split(",")) {
    const name = named.trim();
    if (TOKEN.test(name)) headers.delete(name);
  }
}
