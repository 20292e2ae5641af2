/** What can go wrong, told apart by class and by `code`, never by a message. */

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

/** The base of all errors of this package. `cause` is the driver's error, where there is one. */
export abstract class ApplicationError extends Error {
  abstract readonly code: ErrorCode;

  override get name(): string {
    return this.constructor.name;
  }
}

/** No user and no organization is named: the caller is not signed in. Nothing was run. */
export class NoContextError extends ApplicationError {
  readonly code = "no_context";
}

/** The user is not a member of the organization. Nothing was run. */
export class NotAMemberError extends ApplicationError {
  readonly code = "not_a_member";
}

/** Row security refused a statement, such as a viewer's write. The transaction was undone. */
export class NotAllowedError extends ApplicationError {
  readonly code = "not_allowed";
}

/** The transaction met another one and was undone: run it again. */
export class AgainError extends ApplicationError {
  readonly code = "again";
}

/** The user has used up the window. */
export class LimitReachedError extends ApplicationError {
  readonly code = "limit_reached";
  /** What the limiter answered; `reset_seconds` is how long to wait. */
  readonly decision: Decision;

  constructor(decision: Decision) {
    super(`All ${decision.limit} calls of the last ${decision.window_seconds} s are used.`);
    this.decision = decision;
  }
}

/** The limiter did not answer in time, or failed: whether the call may go on is not known. */
export class LimiterUnavailableError extends ApplicationError {
  readonly code = "limiter_unavailable";
}

/** An idempotency key has no character, or too many. */
export class InvalidKeyError extends ApplicationError {
  readonly code = "invalid_key";
}

/** The SQLSTATE of a driver's error or of one that it wraps (Drizzle does); undefined if there is none. */
export function sqlState(error: unknown): string | undefined {
  for (let one = error, depth = 0; typeof one === "object" && one !== null && depth < 5; depth += 1) {
    const { code, cause } = one as { code?: unknown; cause?: unknown };
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return code;
    one = cause;
  }
  return undefined;
}

/** The error as one of this package, or as it is where it is none of ours. */
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
