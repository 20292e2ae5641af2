/** Drizzle over Neon's HTTP driver, where a batch is one transaction, or over a pool, with explicit transactions. */

import { type SQL, sql } from "drizzle-orm";
import type { BatchItem, BatchResponse } from "drizzle-orm/batch";
import type { NeonHttpDatabase } from "drizzle-orm/neon-http";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import { type AnalyticsEvent, recording } from "./analytics.ts";
import { explained } from "./errors.ts";
import type { Identity } from "./identity.ts";
import type { Limiter } from "./rate_limit.ts";
import { admission, context, decided, type Statement } from "./statements.ts";

type Schema = Record<string, unknown>;
type Item = BatchItem<"pg">;
type Transaction<S extends Schema> = Parameters<Parameters<NodePgDatabase<S>["transaction"]>[0]>[0];
type Configuration<S extends Schema> = Parameters<NodePgDatabase<S>["transaction"]>[1];

/** Queries of one identity over HTTP. Each method throws NotAMemberError, NotAllowedError or AgainError. */
export interface DrizzleTenant {
  /** Runs one query that was not awaited, and returns its result. */
  query<Q extends Item>(query: Q): Promise<Q["_"]["result"]>;
  /** Runs all queries in one transaction, and returns the result of each. */
  batch<U extends Item, const Q extends Readonly<[U, ...U[]]>>(queries: Q): Promise<BatchResponse<Q>>;
  /** Records an analytics event. */
  record(event: AnalyticsEvent): Promise<void>;
  /** Returns the query that records an event, for a batch of this identity. */
  recording(event: AnalyticsEvent): Item;
}

/** Drizzle over HTTP with tenants. */
export interface DrizzleTenants extends Limiter {
  /** Returns the queries of an identity. Throws NoContextError if it names nobody. */
  as(identity: Identity): DrizzleTenant;
}

/** Wraps a database of `drizzle-orm/neon-http`. A signal cannot end its batches; the statement timeout does. */
export function forDrizzle<S extends Schema>(database: NeonHttpDatabase<S>): DrizzleTenants {
  const item = (statement: Statement): Item => database.execute(bound(statement));

  async function run(first: Item, ...others: Item[]): Promise<unknown[]> {
    try {
      return (await database.batch([first, ...others])) as unknown[];
    } catch (error) {
      throw explained(error);
    }
  }

  return {
    as(identity) {
      const start = context(identity);
      const batch = async (queries: readonly Item[]) => (await run(item(start), ...queries)).slice(1);
      const record = (event: AnalyticsEvent) => item(recording(identity, event));
      return {
        query: async (query) => (await batch([query]))[0] as never,
        batch: async (queries) => (await batch(queries)) as never,
        record: async (event) => {
          await batch([record(event)]);
        },
        recording: record,
      };
    },
    async admit(identity, options) {
      const [limit, start, call] = admission(identity, options);
      const results = await run(item(limit), item(start), item(call));
      return decided((results[2] as { rows: unknown[] }).rows);
    },
  };
}

/** Transactions of one identity over a pool. */
export interface DrizzlePoolTenant<S extends Schema> {
  /** Runs `work` in a transaction with the context in force. Throws like DrizzleTenant, and whatever `work` throws. */
  transaction<T>(work: (transaction: Transaction<S>) => Promise<T>, configuration?: Configuration<S>): Promise<T>;
  /** Records an analytics event in a transaction of its own, or in `within`. */
  record(event: AnalyticsEvent, within?: Transaction<S>): Promise<void>;
}

/** Drizzle over a pool with tenants. */
export interface DrizzlePoolTenants<S extends Schema> extends Limiter {
  /** Returns the transactions of an identity. Throws NoContextError if it names nobody. */
  as(identity: Identity): DrizzlePoolTenant<S>;
}

/** Wraps a database of `drizzle-orm/node-postgres`. */
export function forDrizzlePool<S extends Schema>(database: NodePgDatabase<S>): DrizzlePoolTenants<S> {
  async function run<T>(
    work: (transaction: Transaction<S>) => Promise<T>,
    configuration?: Configuration<S>,
  ): Promise<T> {
    try {
      return await database.transaction(work, configuration);
    } catch (error) {
      throw explained(error);
    }
  }

  return {
    as(identity) {
      const start = bound(context(identity));
      const transaction = <T>(work: (within: Transaction<S>) => Promise<T>, configuration?: Configuration<S>) =>
        run(async (within) => {
          await within.execute(start);
          return work(within);
        }, configuration);
      return {
        transaction,
        async record(event, within) {
          const statement = bound(recording(identity, event));
          if (within) await within.execute(statement);
          else await transaction((own) => own.execute(statement));
        },
      };
    },
    admit: (identity, options) =>
      run(async (within) => {
        const [limit, start, call] = admission(identity, options);
        await within.execute(bound(limit));
        await within.execute(bound(start));
        return decided((await within.execute(bound(call))).rows);
      }),
  };
}

/** Converts a statement to Drizzle's form, with its parameters bound in order. */
function bound([text, parameters]: Statement): SQL {
  const parts = text.split(/\$\d+/);
  return sql.join(
    parts.flatMap((part, at) => (at === 0 ? [sql.raw(part)] : [sql`${parameters[at - 1]}`, sql.raw(part)])),
  );
}
