import { Refusal } from "./refusal.ts";
import { METHODS } from "./request_rules.ts";

const ASKED = "authorization, content-type, idempotency-key, last-event-id";
const SHOWN =
  "ratelimit, ratelimit-policy, retry-after, www-authenticate, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-ratelimit-status, x-request-id";

/** Whether the request is a browser's preflight, which carries no token. */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");
}

/** Returns the response to a preflight. Throws a Refusal for an origin that is not configured. */
export function preflight(request: Request, origins: ReadonlySet<string>): Response {
  if (!origins.has(request.headers.get("origin") ?? "")) {
    throw new Refusal(403, "origin_not_allowed", "Forbidden", "Pages of that origin may not call this API.");
  }
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": METHODS.join(", "),
      "access-control-allow-headers": ASKED,
      "access-control-max-age": "600",
    },
  });
}

/** Lets pages of a configured origin read the response. Browser credentials are never allowed; scripts send the token. */
export function share(headers: Headers, origin: string | null, origins: ReadonlySet<string>): void {
  if (!origins.size) return;
  headers.append("vary", "origin");
  if (origin === null || !origins.has(origin)) return;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", SHOWN);
}
