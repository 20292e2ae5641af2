import { type Decision, FREE_RETRIES, type TakeRequest } from "./protocol.ts";

interface Entry {
  readonly id: number;
  /** Milliseconds since 1970, by the object's own clock. */
  at: number;
  readonly key: string | null;
  retries: number;
}

/**
 * The admitted calls of one user that still count, an entry each, ordered by time: in the object's store, and mirrored in
 * memory, so that a call reads nothing and a denied call writes nothing either.
 *
 * Every method is synchronous: in a Durable Object nothing else runs in between. After a method has thrown, the memory may
 * be ahead of the store: create a new log.
 */
export class SlidingLog {
  readonly #sql: SqlStorage;
  #entries: Entry[];
  /** The last window in milliseconds: cleaning has no request that names it. */
  #window: number;

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
    this.#entries = sql
      .exec<{ id: number; at: number; key: string | null; retries: number }>(
        "select id, at, idempotency_key as key, retries from calls order by at, id",
      )
      .toArray();
    const [row] = sql.exec<{ milliseconds: number }>("select milliseconds from last_window").toArray();
    this.#window = row?.milliseconds ?? 0;
  }

  /** Admits a call at `now`, or does not. What is denied is not stored. */
  take({ limit, windowSeconds, key }: TakeRequest, now: number): Decision {
    this.#correct(now);
    const since = now - windowSeconds * 1000;
    const outcome = this.#admit(limit, since, now, key);
    if (outcome.counted) this.#remember(windowSeconds * 1000);
    const live = this.#live(since);
    return {
      ...outcome,
      limit,
      remaining: Math.max(0, limit - live.length),
      reset_seconds: reset(limit, live, since) ?? windowSeconds,
      window_seconds: windowSeconds,
    };
  }

  /** Removes what no longer counts. The moment at which the last entry will stop to count; null if there is none. */
  clean(now: number): number | null {
    this.#expire(now - this.#window);
    const newest = this.#entries.at(-1);
    return newest === undefined ? null : newest.at + this.#window;
  }

  /** How many entries are stored. */
  size(): number {
    return this.#sql.exec<{ entries: number }>("select count(*) as entries from calls").one().entries;
  }

  /** The clock has stepped back: what lies ahead was admitted before now, so taking it for now's admits no more. */
  #correct(now: number): void {
    if ((this.#entries.at(-1)?.at ?? now) <= now) return;
    this.#sql.exec("update calls set at = ? where at > ?", now, now);
    for (const entry of this.#entries) entry.at = Math.min(entry.at, now);
  }

  #admit(limit: number, since: number, now: number, key: string | null): { admitted: boolean; counted: boolean } {
    const live = this.#live(since);
    const earlier = key === null ? undefined : live.find((entry) => entry.key === key);
    if (earlier !== undefined && earlier.retries < FREE_RETRIES) {
      this.#sql.exec("update calls set retries = retries + 1 where id = ?", earlier.id);
      earlier.retries += 1;
      return { admitted: true, counted: false };
    }
    if (live.length >= limit) return { admitted: false, counted: false };
    this.#expire(since);
    this.#insert(now, earlier === undefined ? key : null);
    return { admitted: true, counted: true };
  }

  #insert(at: number, key: string | null): void {
    const { id } = this.#sql
      .exec<{ id: number }>("insert into calls (at, idempotency_key) values (?, ?) returning id", at, key)
      .one();
    this.#entries.push({ id, at, key, retries: 0 });
  }

  #expire(since: number): void {
    const live = this.#live(since);
    if (live.length === this.#entries.length) return;
    this.#sql.exec("delete from calls where at <= ?", since);
    this.#entries = live;
  }

  /** The entries that count: all of them, or the later ones. */
  #live(since: number): Entry[] {
    const first = this.#entries.findIndex(({ at }) => at > since);
    if (first === 0) return this.#entries;
    return first === -1 ? [] : this.#entries.slice(first);
  }

  #remember(milliseconds: number): void {
    if (milliseconds === this.#window) return;
    this.#sql.exec(
      "insert into last_window values (1, ?) on conflict (id) do update set milliseconds = excluded.milliseconds",
      milliseconds,
    );
    this.#window = milliseconds;
  }
}

/** Seconds until one more call is available: until the oldest entry, or all surplus ones, expire. Null without entries. */
function reset(limit: number, live: readonly Entry[], since: number): number | null {
  // With a limit of 0 no entry would free a call: the newest one is used.
  const entry = live[Math.max(0, Math.min(live.length - limit, live.length - 1))];
  return entry === undefined ? null : Math.ceil((entry.at - since) / 1000);
}
