import { type Decision, FREE_RETRIES, type TakeRequest } from "./protocol.ts";

/**
 * The admitted calls of one user that still count, an entry each.
 *
 * Every method is synchronous: in a Durable Object nothing else runs in between, and a caller wraps what belongs together
 * in `transactionSync`. Moments are milliseconds since 1970, by the object's own clock.
 */
export class SlidingLog {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
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
  take({ limit, windowSeconds, key }: TakeRequest, now: number): Decision {
    // The clock has stepped back. What lies ahead was admitted before now, so taking it for now's admits no more.
    this.#sql.exec("update calls set at = ? where at > ?", now, now);
    const window = windowSeconds * 1000;
    const since = now - window;
    const outcome = this.#admit(limit, since, now, key);
    if (outcome.counted) this.#remember(window);
    const used = this.#used(since);
    return {
      ...outcome,
      limit,
      remaining: Math.max(0, limit - used),
      reset_seconds: this.#reset(limit, used, since, windowSeconds),
      window_seconds: windowSeconds,
    };
  }

  /** Removes what no longer counts. The moment at which the last entry will stop to count; null if there is none. */
  clean(now: number): number | null {
    const window = this.#window();
    this.#sql.exec("delete from calls where at <= ?", now - window);
    const { newest } = this.#sql.exec<{ newest: number | null }>("select max(at) as newest from calls").one();
    return newest === null ? null : newest + window;
  }

  /** How many entries are stored. */
  size(): number {
    return this.#sql.exec<{ entries: number }>("select count(*) as entries from calls").one().entries;
  }

  #admit(limit: number, since: number, now: number, key: string | null): { admitted: boolean; counted: boolean } {
    const earlier = key === null ? undefined : this.#earlier(key, since);
    if (earlier !== undefined && earlier.retries < FREE_RETRIES) {
      this.#sql.exec("update calls set retries = retries + 1 where id = ?", earlier.id);
      return { admitted: true, counted: false };
    }
    if (this.#used(since) >= limit) return { admitted: false, counted: false };
    this.#sql.exec("delete from calls where at <= ?", since);
    this.#sql.exec("insert into calls (at, idempotency_key) values (?, ?)", now, earlier === undefined ? key : null);
    return { admitted: true, counted: true };
  }

  #earlier(key: string, since: number): { id: number; retries: number } | undefined {
    return this.#sql
      .exec<{ id: number; retries: number }>(
        "select id, retries from calls where idempotency_key = ? and at > ? limit 1",
        key,
        since,
      )
      .toArray()[0];
  }

  #used(since: number): number {
    return this.#sql.exec<{ used: number }>("select count(*) as used from calls where at > ?", since).one().used;
  }

  /** Seconds until one more call comes back: until the oldest entry is gone, or as many as are too many. */
  #reset(limit: number, used: number, since: number, windowSeconds: number): number {
    const [entry] = this.#sql
      .exec<{ at: number }>(
        "select at from calls where at > ? order by at limit 1 offset ?",
        since,
        // A limit of 0 waits for nothing: the newest entry stands for it.
        Math.max(0, Math.min(used - limit, used - 1)),
      )
      .toArray();
    return entry === undefined ? windowSeconds : Math.ceil((entry.at - since) / 1000);
  }

  /** Cleaning has no request that names the window, so the last one is kept. */
  #remember(milliseconds: number): void {
    this.#sql.exec(
      `insert into last_window values (1, ?)
       on conflict (id) do update set milliseconds = excluded.milliseconds where milliseconds <> excluded.milliseconds`,
      milliseconds,
    );
  }

  #window(): number {
    const [row] = this.#sql.exec<{ milliseconds: number }>("select milliseconds from last_window").toArray();
    return row?.milliseconds ?? 0;
  }
}
