/** The messages between the gateway and a user's limiter. The rules are those of contract/rate_limit.json. */

/** The request to admit one call. */
export interface TakeRequest {
  /** Calls allowed in a window: a whole number, 0 or more. */
  readonly limit: number;
  /** Length of the window in whole seconds: 1 or more. */
  readonly windowSeconds: number;
  /** The call's idempotency key; null if it has none. */
  readonly key: string | null;
}

/** The limiter's decision. The names are the contract's. */
export interface Decision {
  readonly admitted: boolean;
  readonly counted: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly reset_seconds: number;
  readonly window_seconds: number;
}

/** The methods of a user's limiter. */
export interface Limiter {
  /** Admits or denies the call. Rejects with a RangeError if the request is invalid. */
  take(request: TakeRequest): Promise<Decision>;
  /** Returns "ok" and stores nothing. */
  ping(): Promise<string>;
}

/** The longest idempotency key, in characters. */
export const LONGEST_KEY = 255;
/** How many times an admitted call may be repeated under its key without being counted. */
export const FREE_RETRIES = 3;
/** The longest window, in seconds: 366 days. */
export const LONGEST_WINDOW = 366 * 86400;
/** The highest limit. Each call that counts is an entry in the store of one object. */
export const HIGHEST_LIMIT = 100_000;
