/** The package's errors, distinguished by class and by `code`, never by message. */

import type { Decision } from "./rate_limit.ts";

/** The code of an error of this package. */
export type ErrorCode =
  | "no_context"
  | "not_a_member"
  | "not_allowed"
  | "again"
  | "limit_reached"
  | "limiter_unavailable"
  | "invalid_key";

/** The base of all errors of this package. `cause` is the driver's error, if there is one. */
export abstract class ApplicationError extends Error {
  abstract readonly code: ErrorCode;

  override get name(): string {
    return this.constructor.name;
  }
}

/** Neither a user nor an organization is named: the caller is not signed in. Nothing was run. */
export class NoContextError extends ApplicationError {
  readonly code = "no_context";
}

/** The user is not a member of the organization. Nothing was run. */
export class NotAMemberError extends ApplicationError {
  readonly code = "not_a_member";
}

/** Row security refused a statement, such as a viewer's write. The transaction was rolled back. */
export class NotAllowedError extends ApplicationError {
  readonly code = "not_allowed";
}

/** The transaction conflicted with another one and was rolled back: run it again. */
export class AgainError extends ApplicationError {
  readonly code = "again";
}

/** The user has used all calls of the window. */
export class LimitReachedError extends ApplicationError {
  readonly code = "limit_reached";
  /** The limiter's decision; `reset_seconds` is the time to wait. */
  readonly decision: Decision;

  constructor(decision: Decision) {
    super(`All ${decision.limit} calls of the last ${decision.window_seconds} s are used.`);
    this.decision = decision;
  }
}

/** The limiter did not respond in time, or failed: whether the call may proceed is unknown. */
export class LimiterUnavailableError extends ApplicationError {
  readonly code = "limiter_unavailable";
}

/** An idempotency key is empty or too long. */
export class InvalidKeyError extends ApplicationError {
  readonly code = "invalid_key";
}

/** Returns the SQLSTATE of a driver's error or of one that it wraps (as Drizzle does); undefined if there is none. */
export function sqlState(error: unknown): string | undefined {
  for (let one = error, depth = 0; typeof one === "object" && one !== null && depth < 5; depth += 1) {
    const { code, cause } = one as { code?: unknown; cause?: unknown };
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return code;
    one = cause;
  }
  return undefined;
}

/** Converts an error to one of this package; returns any other error unchanged. */
export function explained(error: unknown): unknown {
  if (error instanceof ApplicationError) return error;
  const options = { cause: error };
  switch (sqlState(error)) {
    case "TN001":
      return new NoContextError("No user is signed in.", options);
    case "TN002":
      return new NotAMemberError("The user is not a member of the organization.", options);
    case "42501":
      return new NotAllowedError("The user may not do this in the organization.", options);
    case "40001":
    case "40P01":
      return new AgainError("The transaction met another one: run it again.", options);
    default:
      return error;
  }
}
