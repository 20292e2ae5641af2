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
  #entries;
  /** The last window in milliseconds: cleaning has no request that names it. */
  #window;
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
    this.#entries = sql.exec(
      "select id, at, idempotency_key as key, retries from calls order by at, id"
    ).toArray();
    const [row] = sql.exec("select milliseconds from last_window").toArray();
    this.#window = row?.milliseconds ?? 0;
  }
  /** Admits a call at `now`, or does not. What is denied is not stored. */
  take({ limit, windowSeconds, key }, now) {
    this.#correct(now);
    const since = now - windowSeconds * 1e3;
    const outcome = this.#admit(limit, since, now, key);
    if (outcome.counted) this.#remember(windowSeconds * 1e3);
    const live = this.#live(since);
    return {
      ...outcome,
      limit,
      remaining: Math.max(0, limit - live.length),
      reset_seconds: reset(limit, live, since) ?? windowSeconds,
      window_seconds: windowSeconds
    };
  }
  /** Removes what no longer counts. The moment at which the last entry will stop to count; null if there is none. */
  clean(now) {
    this.#expire(now - this.#window);
    const newest = this.#entries.at(-1);
    return newest === void 0 ? null : newest.at + this.#window;
  }
  /** How many entries are stored. */
  size() {
    return this.#sql.exec("select count(*) as entries from calls").one().entries;
  }
  /** The clock has stepped back: what lies ahead was admitted before now, so taking it for now's admits no more. */
  #correct(now) {
    if ((this.#entries.at(-1)?.at ?? now) <= now) return;
    this.#sql.exec("update calls set at = ? where at > ?", now, now);
    for (const entry of this.#entries) entry.at = Math.min(entry.at, now);
  }
  #admit(limit, since, now, key) {
    const live = this.#live(since);
    const earlier = key === null ? void 0 : live.find((entry) => entry.key === key);
    if (earlier !== void 0 && earlier.retries < FREE_RETRIES) {
      this.#sql.exec("update calls set retries = retries + 1 where id = ?", earlier.id);
      earlier.retries += 1;
      return { admitted: true, counted: false };
    }
    if (live.length >= limit) return { admitted: false, counted: false };
    this.#expire(since);
    this.#insert(now, earlier === void 0 ? key : null);
    return { admitted: true, counted: true };
  }
  #insert(at, key) {
    const { id } = this.#sql.exec("insert into calls (at, idempotency_key) values (?, ?) returning id", at, key).one();
    this.#entries.push({ id, at, key, retries: 0 });
  }
  #expire(since) {
    const live = this.#live(since);
    if (live.length === this.#entries.length) return;
    this.#sql.exec("delete from calls where at <= ?", since);
    this.#entries = live;
  }
  /** The entries that count: all of them, or the later ones. */
  #live(since) {
    const first = this.#entries.findIndex(({ at }) => at > since);
    if (first === 0) return this.#entries;
    return first === -1 ? [] : this.#entries.slice(first);
  }
  #remember(milliseconds) {
    if (milliseconds === this.#window) return;
    this.#sql.exec(
      "insert into last_window values (1, ?) on conflict (id) do update set milliseconds = excluded.milliseconds",
      milliseconds
    );
    this.#window = milliseconds;
  }
};
function reset(limit, live, since) {
  const entry = live[Math.max(0, Math.min(live.length - limit, live.length - 1))];
  return entry === void 0 ? null : Math.ceil((entry.at - since) / 1e3);
}

// limiter/src/index.ts
var CLEANING_RETRY_MILLISECONDS = 6e4;
var UserLimiter = class extends DurableObject {
  #log = null;
  /** Whether an alarm is known to be set, so that not every call has to ask. */
  #watched = false;
  async take(request) {
    validate(request);
    const now = this.now();
    const decision = this.#with((log) => log.take(request, now));
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
      const now = this.now();
      const last = this.#with((log) => log.clean(now));
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
  /** All that `work` changes, or nothing of it. */
  #with(work) {
    const log = this.#open();
    try {
      return this.ctx.storage.transactionSync(() => work(log));
    } catch (error) {
      this.#log = null;
      throw error;
    }
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
