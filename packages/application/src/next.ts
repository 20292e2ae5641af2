/** The rate limit around a route handler of Next.js, in Node or at the edge: Web standards only. */

import { AgainError, InvalidKeyError, LimiterUnavailableError, NoContextError, NotAMemberError } from "./errors.ts";
import type { Identity } from "./identity.ts";
import {
  CLOSED_HEADERS,
  DEADLINE_MILLISECONDS,
  type Decision,
  type Limiter,
  OFF_HEADERS,
  type Problem,
  quotaExceeded,
  rateLimitHeaders,
  UNAVAILABLE,
  UNAVAILABLE_HEADERS,
} from "./rate_limit.ts";

/** A route's behaviour while the limiter does not respond: `open` proceeds, `closed` responds with 503. */
export type Unavailable = "open" | "closed";

/** The limit of a route. */
export interface RateLimitOptions {
  /** Counts the calls: an adapter of this package. */
  readonly limiter: Limiter;
  /** Returns the caller by the verified session. For null the response is 401, and nothing is counted. */
  readonly identify: (request: Request) => Identity | null | Promise<Identity | null>;
  /** Whether the limit is on, evaluated at each call, such as `process.env.ENABLE_RATE_LIMITING !== "false"`. By default it is. */
  readonly enabled?: boolean | (() => boolean);
  /** The behaviour while the limiter does not respond. By default reads proceed, and everything else is refused. */
  readonly unavailable?: Unavailable | ((request: Request) => Unavailable);
  /** The limiter's deadline, at most and by default 250 ms. */
  readonly deadlineMilliseconds?: number;
  /** Called for each call to which the limiter did not respond, to count and log it. The default writes a line of JSON. */
  readonly onUnavailable?: (error: LimiterUnavailableError, answer: Unavailable, request: Request) => void;
}

/** A route handler of Next.js. */
export type RouteHandler<Context> = (request: Request, context: Context) => Response | Promise<Response>;

const READS = new Set(["GET", "HEAD", "OPTIONS"]);
const ATTEMPTS = 3;

/**
 * Limits a handler. Each of its responses carries the limit's header fields; Next.js handles whatever it throws.
 * A call that is not admitted never reaches it.
 */
export function withRateLimit<Context>(
  options: RateLimitOptions,
  handler: RouteHandler<Context>,
): RouteHandler<Context> {
  return async (request, context) => {
    const enabled = typeof options.enabled === "function" ? options.enabled() : (options.enabled ?? true);
    if (!enabled) return withHeaders(await handler(request, context), OFF_HEADERS);
    const identity = await options.identify(request);
    if (!identity?.userId) return unauthorized();
    let decision: Decision;
    try {
      decision = await inTime(options, identity, request.headers.get("idempotency-key"));
    } catch (error) {
      const refused = refusal(error);
      if (refused) return refused;
      const answer = answerFor(options, request);
      const failure = new LimiterUnavailableError("The limiter did not answer.", { cause: error });
      (options.onUnavailable ?? logged)(failure, answer, request);
      if (answer === "closed") return problem(UNAVAILABLE, { ...UNAVAILABLE_HEADERS, ...CLOSED_HEADERS });
      return withHeaders(await handler(request, context), UNAVAILABLE_HEADERS);
    }
    const headers = rateLimitHeaders(decision);
    if (!decision.admitted) return problem(quotaExceeded(decision), headers);
    return withHeaders(await handler(request, context), headers);
  };
}

/** Returns the limiter's decision within the deadline, however the driver handles an abort. Retries after conflicts. */
async function inTime(options: RateLimitOptions, identity: Identity, key: string | null): Promise<Decision> {
  const milliseconds = Math.min(options.deadlineMilliseconds ?? DEADLINE_MILLISECONDS, DEADLINE_MILLISECONDS);
  const ending = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${milliseconds} ms`));
      ending.abort();
    }, milliseconds);
  });
  const admit = async (): Promise<Decision> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await options.limiter.admit(identity, {
          key,
          signal: ending.signal,
          deadlineMilliseconds: milliseconds,
        });
      } catch (error) {
        if (!(error instanceof AgainError) || attempt === ATTEMPTS || ending.signal.aborted) throw error;
      }
    }
  };
  const decision = admit();
  decision.catch(() => {}); // A failure after the deadline is ignored.
  try {
    return await Promise.race([decision, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Returns the response to a caller's own error, which is not counted; undefined if the limiter failed. */
function refusal(error: unknown): Response | undefined {
  if (error instanceof NoContextError) return unauthorized();
  if (error instanceof NotAMemberError) {
    return plainProblem(403, "Forbidden", "The user is not a member of the organization.");
  }
  if (error instanceof InvalidKeyError) return plainProblem(400, "Bad Request", error.message);
  return undefined;
}

function answerFor({ unavailable }: RateLimitOptions, request: Request): Unavailable {
  if (typeof unavailable === "function") return unavailable(request);
  return unavailable ?? (READS.has(request.method) ? "open" : "closed");
}

function unauthorized(): Response {
  return plainProblem(401, "Unauthorized", "Nobody is signed in.", { "WWW-Authenticate": "Bearer" });
}

function plainProblem(status: number, title: string, detail: string, headers: Record<string, string> = {}): Response {
  const own = { "Content-Type": "application/problem+json", "Cache-Control": "no-store", ...headers };
  return problem({ type: "about:blank", title, status, detail }, own);
}

function problem(body: Problem, headers: Record<string, string>): Response {
  return new Response(JSON.stringify(body), { status: body.status, headers });
}

/** Adds the fields to the response. A fetched or redirecting response is immutable, so a copy gets them. */
function withHeaders(response: Response, headers: Record<string, string>): Response {
  try {
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return withHeaders(new Response(response.body, response), headers);
  }
}

function logged(error: LimiterUnavailableError, answer: Unavailable, request: Request): void {
  const { pathname } = new URL(request.url);
  console.error(
    JSON.stringify({
      event: "rate_limit_unavailable",
      answer,
      method: request.method,
      path: pathname,
      error: String(error.cause),
    }),
  );
}
