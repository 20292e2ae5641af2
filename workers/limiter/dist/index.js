// Generated from src/ by `make workers`; do not edit.

// limiter/src/index.ts
import { DurableObject } from "cloudflare:workers";

// limiter/src/protocol.ts
var LONGEST_KEY = 255;
var FREE_RETRIES = 3;
var LONGEST_WINDOW = 366 * 86400;
var HIGHEST_LIMIT = 1e5;

// limiter/src/sliding_log.ts
var SlidingLog = class {
  #sql;
  constructor(sql) {
    this.#sql = sql;
    sql.exec(`
      create table if not exists calls (
        id integer primary key,
        at integer not null,
        idempotency_key text,
        retries integer not null default 0
      );
      create table if not exists last_window (id integer primary key check (id = 1), milliseconds integer not null);
    `);
  }
  /** Admits a call at `now`, or does not. What is denied is not stored. */
  take({ limit, windowSeconds, key }, now) {
    this.#sql.exec("update calls set at = ? where at > ?", now, now);
    const window = windowSeconds * 1e3;
    const since = now - window;
    const outcome = this.#admit(limit, since, now, key);
    if (outcome.counted) this.#remember(window);
    const used = this.#used(since);
    return {
      ...outcome,
      limit,
      remaining: Math.max(0, limit - used),
      reset_seconds: this.#reset(limit, used, since, windowSeconds),
      window_seconds: windowSeconds
    };
  }
  /** Removes what no longer counts. The moment at which the last entry will stop to count; null if there is none. */
  clean(now) {
    const window = this.#window();
    this.#sql.exec("delete from calls where at <= ?", now - window);
    const { newest } = this.#sql.exec("select max(at) as newest from calls").one();
    return newest === null ? null : newest + window;
  }
  /** How many entries are stored. */
  size() {
    return this.#sql.exec("select count(*) as entries from calls").one().entries;
  }
  #admit(limit, since, now, key) {
    const earlier = key === null ? void 0 : this.#earlier(key, since);
    if (earlier !== void 0 && earlier.retries < FREE_RETRIES) {
      this.#sql.exec("update calls set retries = retries + 1 where id = ?", earlier.id);
      return { admitted: true, counted: false };
    }
    if (this.#used(since) >= limit) return { admitted: false, counted: false };
    this.#sql.exec("delete from calls where at <= ?", since);
    this.#sql.exec("insert into calls (at, idempotency_key) values (?, ?)", now, earlier === void 0 ? key : null);
    return { admitted: true, counted: true };
  }
  #earlier(key, since) {
    return this.#sql.exec(
      "select id, retries from calls where idempotency_key = ? and at > ? limit 1",
      key,
      since
    ).toArray()[0];
  }
  #used(since) {
    return this.#sql.exec("select count(*) as used from calls where at > ?", since).one().used;
  }
  /** Seconds until one more call comes back: until the oldest entry is gone, or as many as are too many. */
  #reset(limit, used, since, windowSeconds) {
    const [entry] = this.#sql.exec(
      "select at from calls where at > ? order by at limit 1 offset ?",
      since,
      // A limit of 0 waits for nothing: the newest entry stands for it.
      Math.max(0, Math.min(used - limit, used - 1))
    ).toArray();
    return entry === void 0 ? windowSeconds : Math.ceil((entry.at - since) / 1e3);
  }
  /** Cleaning has no request that names the window, so the last one is kept. */
  #remember(milliseconds) {
    this.#sql.exec(
      `insert into last_window values (1, ?)
       on conflict (id) do update set milliseconds = excluded.milliseconds where milliseconds <> excluded.milliseconds`,
      milliseconds
    );
  }
  #window() {
    const [row] = this.#sql.exec("select milliseconds from last_window").toArray();
    return row?.milliseconds ?? 0;
  }
};

// limiter/src/index.ts
var CLEANING_RETRY_MILLISECONDS = 6e4;
var UserLimiter = class extends DurableObject {
  #log = null;
  /** Whether an alarm is known to be set, so that not every call has to ask. */
  #watched = false;
  async take(request) {
    validate(request);
    const now = this.now();
    const log = this.#open();
    const decision = this.ctx.storage.transactionSync(() => log.take(request, now));
    if (decision.counted && !this.#watched) {
      if (await this.ctx.storage.getAlarm() === null) {
        await this.ctx.storage.setAlarm(now + request.windowSeconds * 1e3);
      }
      this.#watched = true;
    }
    return decision;
  }
  async ping() {
    return "ok";
  }
  /** Cleans, and leaves nothing behind of a user who has been away for a window. Repeating it does no harm. */
  async alarm() {
    this.#watched = false;
    try {
      const log = this.#open();
      const last = this.ctx.storage.transactionSync(() => log.clean(this.now()));
      if (last === null) {
        this.#log = null;
        await this.ctx.storage.deleteAll();
      } else {
        await this.ctx.storage.setAlarm(last);
      }
    } catch (error) {
      console.error(JSON.stringify({ event: "limiter_cleaning_failed", error: String(error) }));
      await this.ctx.storage.setAlarm(Date.now() + CLEANING_RETRY_MILLISECONDS);
    }
  }
  /** The object's own clock, in milliseconds since 1970. */
  now() {
    return Date.now();
  }
  /** How many entries are stored. */
  entries() {
    return this.#open().size();
  }
  #open() {
    this.#log ??= new SlidingLog(this.ctx.storage.sql);
    return this.#log;
  }
};
function validate({ limit, windowSeconds, key }) {
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
var index_default = {
  /** The limiter has no host: it is called by binding only. */
  fetch() {
    return new Response(null, { status: 404 });
  }
};
export {
  UserLimiter,
  index_default as default
};
