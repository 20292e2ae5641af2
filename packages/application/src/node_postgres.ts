/** A node-postgres pool, also behind a pooler in transaction mode: the context ends with the transaction. */

import type { Pool, PoolClient } from "pg";
import { type AnalyticsEvent, recording } from "./analytics.ts";
import { explained } from "./errors.ts";
import type { Identity } from "./identity.ts";
import type { Limiter } from "./rate_limit.ts";
import { admission, context, decided, type Statement } from "./statements.ts";

/** The characteristics of a transaction. */
export interface TransactionOptions {
  readonly isolationLevel?: "read committed" | "repeatable read" | "serializable";
  readonly readOnly?: boolean;
}

/** Transactions of one identity. Each method throws NotAMemberError, NotAllowedError or AgainError. */
export interface PoolTenant {
  /** Runs `work` in a transaction with the context in force, and commits it; rolls back if `work` throws. */
  transaction<T>(work: (client: PoolClient) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Runs one statement, and returns its rows. */
  query<Row>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Records an analytics event in a transaction of its own, or in that of `within`. */
  record(event: AnalyticsEvent, within?: PoolClient): Promise<void>;
}

/** The pool with tenants. */
export interface PoolTenants extends Limiter {
  /** Returns the transactions of an identity. Throws NoContextError if it names nobody. */
  as(identity: Identity): PoolTenant;
}

/** Wraps a pool. */
export function forPool(pool: Pool): PoolTenants {
  async function run<T>(work: (client: PoolClient) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const client = await pool.connect();
    let broken: Error | undefined;
    // A connection that is lost while checked out emits an error event, which would end the process if unhandled.
    const lost = (reason: Error) => {
      broken = reason;
    };
    client.on("error", lost);
    try {
      await client.query(beginning(options));
      const result = await work(client);
      await client.query("commit");
      return result;
    } catch (error) {
      // A connection that cannot even end its transaction must not go back into the pool.
      await client.query("rollback").catch(lost);
      throw explained(error);
    } finally {
      client.off("error", lost);
      client.release(broken);
    }
  }

  return {
    as(identity) {
      const start = context(identity);
      const transaction = <T>(work: (client: PoolClient) => Promise<T>, options?: TransactionOptions) =>
        run(async (client) => {
          await execute(client, start);
          return work(client);
        }, options);
      return {
        transaction,
        query: <Row>(text: string, parameters: readonly unknown[] = []) =>
          transaction(async (client) => (await client.query(text, [...parameters])).rows as Row[]),
        async record(event, within) {
          const statement = recording(identity, event);
          if (within) await execute(within, statement);
          else await transaction((client) => execute(client, statement));
        },
      };
    },
    async admit(identity, options) {
      const [limit, start, call] = admission(identity, options);
      return await run(async (client) => {
        await execute(client, limit);
        await execute(client, start);
        return decided(await execute(client, call));
      });
    },
  };
}

function beginning({ isolationLevel, readOnly }: TransactionOptions): string {
  return ["begin", isolationLevel && `isolation level ${isolationLevel}`, readOnly && "read only"]
    .filter(Boolean)
    .join(" ");
}

async function execute(client: PoolClient, [text, parameters]: Statement): Promise<unknown[]> {
  return (await client.query(text, [...parameters])).rows;
}
