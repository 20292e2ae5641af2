import { LONGEST_KEY } from "../../limiter/src/protocol.ts";
import type { Configuration } from "./configuration.ts";
import { Refusal } from "./refusal.ts";

/** The methods that reach the upstream. */
export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

const LONGEST_URL = 8192;
const LARGEST_HEADERS = 32 * 1024;
const WITHOUT_BODY = new Set(["GET", "HEAD"]);
/** Paths that servers read differently: an encoded slash, backslash, dot segment or NUL, once or twice encoded. */
const AMBIGUOUS = /%(25)*(2f|5c|00)|(^|\/)(\.|%(25)*2e){1,2}(\/|$)|\\/i;
const INVALID_ESCAPE = /%(?![0-9a-f]{2})/i;

/** Refuses a request that no honest client sends, before its caller is verified. Throws a Refusal. */
export function checkRequest(request: Request, url: URL, { host, maximumBodyBytes }: Configuration): void {
  if (host && url.hostname !== host) {
    throw new Refusal(421, "wrong_host", "Misdirected request", "This gateway does not answer for that host.");
  }
  if (!METHODS.includes(request.method)) {
    throw new Refusal(405, "method_not_allowed", "Method not allowed", "This API does not know that method.", {
      allow: METHODS.join(", "),
    });
  }
  if (request.url.length > LONGEST_URL) {
    throw new Refusal(414, "url_too_long", "URI too long", `A URL may have ${LONGEST_URL} characters.`);
  }
  checkPath(url.pathname);
  checkHeaders(request.headers);
  checkBody(request, maximumBodyBytes);
}

function checkPath(path: string): void {
  if (AMBIGUOUS.test(path) || INVALID_ESCAPE.test(path) || !isUtf8(path)) {
    throw new Refusal(400, "ambiguous_path", "Ambiguous path", "Servers could read this path in different ways.");
  }
}

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function checkHeaders(headers: Headers): void {
  let size = 0;
  for (const [name, value] of headers) size += name.length + value.length + 4;
  if (size > LARGEST_HEADERS) {
    const detail = `Header fields may have ${LARGEST_HEADERS} bytes in all.`;
    throw new Refusal(431, "headers_too_large", "Request header fields too large", detail);
  }
  const key = headers.get("idempotency-key");
  if (key !== null && (!key || key.length > LONGEST_KEY || !/^[ -~]+$/.test(key))) {
    const detail = `An Idempotency-Key has 1 to ${LONGEST_KEY} printable characters.`;
    throw new Refusal(400, "invalid_idempotency_key", "Invalid idempotency key", detail);
  }
}

function checkBody({ method, headers, body }: Request, most: number): void {
  const length = headers.get("content-length");
  if (length !== null && !/^\d{1,15}$/.test(length)) {
    throw new Refusal(400, "invalid_length", "Invalid length", "Content-Length is not a number.");
  }
  if (length !== null && headers.has("transfer-encoding")) {
    throw new Refusal(
      400,
      "ambiguous_framing",
      "Ambiguous framing",
      "A body has a length or comes in chunks, not both.",
    );
  }
  if (WITHOUT_BODY.has(method) && (Number(length) > 0 || headers.has("transfer-encoding") || body)) {
    throw new Refusal(400, "body_not_allowed", "Body not allowed", `A ${method} request has no body.`);
  }
  if (Number(length) > most) throw tooLarge(most);
}

/** Returns the refusal of a body with more than `most` bytes. */
export function tooLarge(most: number): Refusal {
  return new Refusal(413, "body_too_large", "Content too large", `A body may have ${most} bytes.`);
}
