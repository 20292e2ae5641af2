import { sending } from "./body.ts";
import type { Configuration } from "./configuration.ts";
import { responseHeaders } from "./headers.ts";
import { Refusal } from "./refusal.ts";

type Upstream = NonNullable<Configuration["upstream"]>;

/** Returns the upstream's response, streaming in both directions. Throws a Refusal if there is none in time. */
export async function passOn(
  request: Request,
  headers: Headers,
  url: URL,
  upstream: Upstream,
  { bodyTimeout, maximumBodyBytes }: Configuration,
): Promise<Response> {
  const address = upstream.url + url.pathname + url.search;
  if (isWebSocket(request)) return await upgraded(address, headers, upstream);
  const waiting = new Wait();
  const body = sending(request, maximumBodyBytes);
  if (body === null) waiting.until(upstream.timeout, () => upstreamTimeout(upstream));
  else {
    waiting.until(bodyTimeout, () => bodyTooSlow(bodyTimeout));
    body.sent.then(
      () => waiting.until(upstream.timeout, () => upstreamTimeout(upstream)),
      (error: unknown) => waiting.stop(error instanceof Refusal ? error : bodyBroken()),
    );
  }
  try {
    const answer = await fetch(address, {
      method: request.method,
      headers,
      body: body?.stream ?? null,
      // The client follows redirects, not the gateway: identity and secret could otherwise reach another host.
      redirect: "manual",
      signal: waiting.signal,
    });
    return new Response(answer.body, {
      status: answer.status,
      statusText: answer.statusText,
      headers: responseHeaders(answer.headers),
    });
  } catch (error) {
    throw waiting.reason ?? unreachable(error);
  } finally {
    // The deadlines end when the response begins; a long stream may continue.
    waiting.end();
  }
}

/** Whether the client requests a WebSocket. Throws a Refusal for a malformed handshake. */
export function isWebSocket({ method, headers }: Request): boolean {
  const upgrade = headers.get("upgrade");
  if (upgrade === null || upgrade.toLowerCase() !== "websocket") return false;
  if (method === "GET" && headers.get("sec-websocket-version") === "13" && headers.has("sec-websocket-key"))
    return true;
  throw new Refusal(400, "invalid_upgrade", "Invalid upgrade", "This is not a WebSocket handshake of version 13.", {
    "sec-websocket-version": "13",
  });
}

/** A WebSocket is one call, however long it lives. A response other than an upgrade is passed on. */
async function upgraded(address: string, headers: Headers, upstream: Upstream): Promise<Response> {
  headers.set("upgrade", "websocket");
  const waiting = new Wait();
  waiting.until(upstream.timeout, () => upstreamTimeout(upstream));
  try {
    const answer = await fetch(address, { headers, redirect: "manual", signal: waiting.signal });
    const { status, statusText, webSocket } = answer;
    const cleaned = responseHeaders(answer.headers);
    if (webSocket) return new Response(null, { status, webSocket, headers: cleaned });
    return new Response(answer.body, { status, statusText, headers: cleaned });
  } catch (error) {
    throw waiting.reason ?? unreachable(error);
  } finally {
    waiting.end();
  }
}

/** One deadline at a time, after which the gateway stops waiting for the upstream's response. */
class Wait {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #over = false;
  /** Why the wait was given up; null while it was not. */
  reason: Refusal | null = null;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  until(milliseconds: number, reason: () => Refusal): void {
    clearTimeout(this.#timer);
    if (!this.#over) this.#timer = setTimeout(() => this.stop(reason()), milliseconds);
  }

  stop(reason: Refusal): void {
    if (this.#over) return;
    this.reason = reason;
    this.#controller.abort();
  }

  end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }
}

function upstreamTimeout({ timeout }: Upstream): Refusal {
  const detail = `The upstream did not answer within ${timeout / 1000} s.`;
  return new Refusal(504, "upstream_timeout", "Upstream timeout", detail);
}

function bodyTooSlow(milliseconds: number): Refusal {
  const detail = `The body did not arrive within ${milliseconds / 1000} s.`;
  return new Refusal(408, "body_timeout", "Request timeout", detail);
}

function bodyBroken(): Refusal {
  return new Refusal(400, "body_incomplete", "Incomplete body", "The body ended before all of it was sent.");
}

/** The error may name internal hosts, so it goes to the log and not to the client. */
function unreachable(error: unknown): Refusal {
  console.error(JSON.stringify({ event: "upstream_unreachable", error: String(error) }));
  return new Refusal(502, "upstream_unreachable", "Upstream unreachable", "The upstream could not be reached.");
}
