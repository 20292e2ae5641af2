/**
 * The rate limit at the edge: one Durable Object for each user, so every call of a user is judged in one place.
 *
 * It is a Worker of its own: once a class is deployed, its Worker cannot be rolled back to an earlier version. The gateway
 * only binds the class, so this does not affect it. Bindings: VERSION.
 */

import { DurableObject } from "cloudflare:workers";
import {
  type Decision,
  HIGHEST_LIMIT,
  type Limiter,
  LONGEST_KEY,
  LONGEST_WINDOW,
  type TakeRequest,
} from "./protocol.ts";
import { SlidingLog } from "./sliding_log.ts";

const CLEANING_RETRY_MILLISECONDS = 60_000;

/** The limiter of one user, whose id is its name. */
export class UserLimiter extends DurableObject implements Limiter {
  #log: SlidingLog | null = null;
  /** Whether an alarm is known to be set, so that not every call has to ask. */
  #watched = false;

  async take(request: TakeRequest): Promise<Decision> {
    validate(request);
    const now = this.now();
    const decision = this.#with((log) => log.take(request, now));
    if (decision.counted && !this.#watched) {
      if ((await this.ctx.storage.getAlarm()) === null) {
        await this.ctx.storage.setAlarm(now + request.windowSeconds * 1000);
      }
      this.#watched = true;
    }
    return decision;
  }

  async ping(): Promise<string> {
    return "ok";
  }

  /** Cleans, and leaves nothing behind of a user who has been away for a window. Repeating it does no harm. */
  override async alarm(): Promise<void> {
    this.#watched = false;
    try {
      const now = this.now();
      const last = this.#with((log) => log.clean(now));
      if (last === null) {
        // The object may live on without tables: the next call creates them again.
        this.#log = null;
        await this.ctx.storage.deleteAll();
      } else {
        await this.ctx.storage.setAlarm(last);
      }
    } catch (error) {
      // The runtime drops an alarm that keeps failing; this one must not be lost.
      console.error(JSON.stringify({ event: "limiter_cleaning_failed", error: String(error) }));
      await this.ctx.storage.setAlarm(Date.now() + CLEANING_RETRY_MILLISECONDS);
    }
  }

  /** The object's own clock, in milliseconds since 1970. */
  protected now(): number {
    return Date.now();
  }

  /** How many entries are stored. */
  protected entries(): number {
    return this.#open().size();
  }

  /** All that `work` changes, or nothing of it. */
  #with<T>(work: (log: SlidingLog) => T): T {
    const log = this.#open();
    try {
      return this.ctx.storage.transactionSync(() => work(log));
    } catch (error) {
      this.#log = null; // Its memory may be ahead of the store, which was rolled back.
      throw error;
    }
  }

  #open(): SlidingLog {
    this.#log ??= new SlidingLog(this.ctx.storage.sql);
    return this.#log;
  }
}

function validate({ limit, windowSeconds, key }: TakeRequest): void {
  if (!Number.isInteger(limit) || limit < 0 || limit > HIGHEST_LIMIT) {
    throw new RangeError(`limit: ${limit} is not a whole number from 0 to ${HIGHEST_LIMIT}`);
  }
  if (!Number.isInteger(windowSeconds) || windowSeconds < 1 || windowSeconds > LONGEST_WINDOW) {
    throw new RangeError(`windowSeconds: ${windowSeconds} is not a whole number from 1 to ${LONGEST_WINDOW}`);
  }
  if (key !== null && (typeof key !== "string" || key.length < 1 || key.length > LONGEST_KEY)) {
    throw new RangeError(`key: neither null nor a text of 1 to ${LONGEST_KEY} characters`);
  }
}

export default {
  /** The limiter has no host: it is called by binding only. */
  fetch(): Response {
    return new Response(null, { status: 404 });
  },
};
