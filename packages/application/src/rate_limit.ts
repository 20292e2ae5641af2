/** The rate limit of contract/rate_limit.json: the limiter's decision, and its form over HTTP. */

import { InvalidKeyError, LimitReachedError } from "./errors.ts";
import type { Identity } from "./identity.ts";

/** The name of the policy in `RateLimit` and `RateLimit-Policy`. */
export const POLICY = "user-day";
/** The longest idempotency key, in characters. */
export const LONGEST_KEY = 255;
/** The limiter's deadline. */
export const DEADLINE_MILLISECONDS = 250;
/** The value of `Retry-After` while the limiter is unavailable. */
const RETRY_SECONDS = 5;

/** The limiter's decision on one call. The names are the contract's. */
export interface Decision {
  /** Whether the call may proceed. */
  readonly admitted: boolean;
  /** Whether it used one call of the allowance; also false for a retry under its idempotency key. */
  readonly counted: boolean;
  /** Calls allowed in a window. */
  readonly limit: number;
  /** The number of further calls that would be admitted now. */
  readonly remaining: number;
  /** Whole seconds until one more call becomes available. */
  readonly reset_seconds: number;
  /** Length of the window in seconds. */
  readonly window_seconds: number;
}

/** The options of one request for admission. */
export interface AdmitOptions {
  /** The call's idempotency key, 1 to 255 characters. */
  readonly key?: string | null;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** The database's time limit; the default is the contract's 250 ms. */
  readonly deadlineMilliseconds?: number;
}

/** Counts calls. Each adapter (neon, drizzle, node-postgres) implements it. */
export interface Limiter {
  /**
   * Counts a call of the identity's user, in a transaction of its own: a call that fails later still counts.
   * Throws NoContextError, NotAMemberError, InvalidKeyError, or the driver's error.
   */
  admit(identity: Identity, options?: AdmitOptions): Promise<Decision>;
}

/** Counts a call. Throws LimitReachedError if it is denied, and whatever `admit` throws. */
export async function requireAdmission(
  limiter: Limiter,
  identity: Identity,
  options?: AdmitOptions,
): Promise<Decision> {
  const decision = await limiter.admit(identity, options);
  if (!decision.admitted) throw new LimitReachedError(decision);
  return decision;
}

/** Returns a key that the contract allows, or null for none. Throws InvalidKeyError. */
export function checkedKey(key: string | null | undefined): string | null {
  if (key === null || key === undefined) return null;
  const length = [...key].length;
  if (length < 1 || length > LONGEST_KEY) {
    throw new InvalidKeyError(`An idempotency key has 1 to ${LONGEST_KEY} characters.`);
  }
  return key;
}

/** The fields of every response of a limited route. Syntax of draft-ietf-httpapi-ratelimit-headers-10 and -11. */
export function rateLimitHeaders(decision: Decision): Record<string, string> {
  const { admitted, limit, remaining, reset_seconds: reset, window_seconds: window } = decision;
  return {
    "RateLimit-Policy": `"${POLICY}";q=${limit};w=${window}`,
    RateLimit: `"${POLICY}";r=${remaining};t=${reset}`,
    "X-RateLimit-Limit": String(limit),
    "X-RateLimit-Remaining": String(remaining),
    "X-RateLimit-Reset": String(reset),
    "Cache-Control": "no-store",
    ...(admitted ? {} : { "Retry-After": String(reset), "Content-Type": "application/problem+json" }),
  };
}

/** A problem (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly "violated-policies"?: readonly string[];
}

/** The problem of a denied call: 429. */
export function quotaExceeded({ limit, window_seconds: window, reset_seconds: reset }: Decision): Problem {
  return {
    type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
    title: "Quota exceeded",
    status: 429,
    detail: `All ${limit} requests of the last ${window} s are used. The next one passes in ${reset} s.`,
    "violated-policies": [POLICY],
  };
}

/** The problem of a closed route while the limiter does not respond: 503. */
export const UNAVAILABLE: Problem = {
  type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
  title: "Temporary reduced capacity",
  status: 503,
  detail: `The rate limit could not be checked. Try again in ${RETRY_SECONDS} s.`,
};

/** The fields of every response while the limiter does not respond, and the additional ones of a closed route. */
export const UNAVAILABLE_HEADERS = { "X-RateLimit-Status": "unavailable", "Cache-Control": "no-store" };
export const CLOSED_HEADERS = { "Retry-After": String(RETRY_SECONDS), "Content-Type": "application/problem+json" };
/** The field of every response while the limit is switched off. */
export const OFF_HEADERS = { "X-RateLimit-Status": "off" };
