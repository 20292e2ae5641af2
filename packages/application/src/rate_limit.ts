/** The rate limit as contract/rate_limit.json has it: what the limiter answers, and what its answer looks like over HTTP. */

import { InvalidKeyError, LimitReachedError } from "./errors.ts";
import type { Identity } from "./identity.ts";

/** The name of the policy in `RateLimit` and `RateLimit-Policy`. */
export const POLICY = "user-day";
/** The longest idempotency key, in characters. */
export const LONGEST_KEY = 255;
/** How long the limiter may take. */
export const DEADLINE_MILLISECONDS = 250;
/** What `Retry-After` says while the limiter is not available. */
const RETRY_SECONDS = 5;

/** The limiter's answer to one call. The names are the contract's. */
export interface Decision {
  /** Whether the call may go on. */
  readonly admitted: boolean;
  /** Whether it took one from the allowance; false also for a retry under its idempotency key. */
  readonly counted: boolean;
  /** Calls in a window. */
  readonly limit: number;
  /** How many more calls would be admitted now. */
  readonly remaining: number;
  /** Whole seconds until the next call comes back. */
  readonly reset_seconds: number;
  /** Length of the window in seconds. */
  readonly window_seconds: number;
}

/** How one call asks to be admitted. */
export interface AdmitOptions {
  /** The call's idempotency key, 1 to 255 characters. */
  readonly key?: string | null;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  /** How long the database may work on it; the default is the contract's 250 ms. */
  readonly deadlineMilliseconds?: number;
}

/** Counts calls. Each adapter (neon, drizzle, node-postgres) makes one. */
export interface Limiter {
  /**
   * Counts a call of the identity's user, in a transaction of its own: what the call then does may fail, and counts.
   * Throws NoContextError, NotAMemberError, InvalidKeyError, or the driver's error.
   */
  admit(identity: Identity, options?: AdmitOptions): Promise<Decision>;
}

/** Counts a call. Throws LimitReachedError where it is denied, and what `admit` throws. */
export async function requireAdmission(
  limiter: Limiter,
  identity: Identity,
  options?: AdmitOptions,
): Promise<Decision> {
  const decision = await limiter.admit(identity, options);
  if (!decision.admitted) throw new LimitReachedError(decision);
  return decision;
}

/** A key that the contract allows, or null for none. Throws InvalidKeyError. */
export function checkedKey(key: string | null | undefined): string | null {
  if (key === null || key === undefined) return null;
  const length = [...key].length;
  if (length < 1 || length > LONGEST_KEY) {
    throw new InvalidKeyError(`An idempotency key has 1 to ${LONGEST_KEY} characters.`);
  }
  return key;
}

/** The fields that every answer of a limited route carries. Syntax of draft-ietf-httpapi-ratelimit-headers-10 and -11. */
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

/** The problem of a closed route while the limiter does not answer: 503. */
export const UNAVAILABLE: Problem = {
  type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
  title: "Temporary reduced capacity",
  status: 503,
  detail: `The rate limit could not be checked. Try again in ${RETRY_SECONDS} s.`,
};

/** The fields of every answer while the limiter does not answer, and further ones of a closed route's. */
export const UNAVAILABLE_HEADERS = { "X-RateLimit-Status": "unavailable", "Cache-Control": "no-store" };
export const CLOSED_HEADERS = { "Retry-After": String(RETRY_SECONDS), "Content-Type": "application/problem+json" };
/** The field of every answer while the limit is switched off. */
export const OFF_HEADERS = { "X-RateLimit-Status": "off" };
