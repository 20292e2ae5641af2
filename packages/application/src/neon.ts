/** Neon's HTTP driver has no session, so the context and its statements share one transaction, in one round trip. */

import type { HTTPTransactionOptions, NeonQueryFunction, NeonQueryPromise } from "@neondatabase/serverless";
import { type AnalyticsEvent, recording } from "./analytics.ts";
import { explained } from "./errors.ts";
import type { Identity } from "./identity.ts";
import type { Limiter } from "./rate_limit.ts";
import { admission, context, decided, type Statement } from "./statements.ts";

type Sql = NeonQueryFunction<false, false>;
type Query = NeonQueryPromise<false, false>;
type Options = Pick<
  HTTPTransactionOptions<false, false>,
  "isolationLevel" | "readOnly" | "deferrable" | "fetchOptions"
>;
/** Rows of each statement, in order. */
type Results<Queries extends readonly Query[]> = { -readonly [Each in keyof Queries]: Awaited<Queries[Each]> };

/** Statements of one identity. Every method throws NoContextError, NotAMemberError, NotAllowedError or AgainError. */
export interface NeonTenant {
  /** Runs one statement of the driver's function that was not awaited, and returns its rows. */
  query<Rows>(statement: NeonQueryPromise<false, false, Rows>, options?: Options): Promise<Rows>;
  /** Runs all statements in one transaction, and returns the rows of each. */
  batch<const Queries extends readonly Query[]>(statements: Queries, options?: Options): Promise<Results<Queries>>;
  /** Records an analytics event. */
  record(event: AnalyticsEvent): Promise<void>;
  /** Returns the statement that records an event, for a batch of this identity. */
  recording(event: AnalyticsEvent): Query;
}

/** The driver with tenants. */
export interface NeonTenants extends Limiter {
  /** Returns the statements of an identity. Throws NoContextError if it names nobody. */
  as(identity: Identity): NeonTenant;
}

/** Wraps the result of `neon(url)`. */
export function forNeon(sql: Sql): NeonTenants {
  const query = ([text, parameters]: Statement): Query => sql.query(text, [...parameters]);

  async function run(statements: readonly Query[], options?: Options): Promise<unknown[]> {
    try {
      return await sql.transaction([...statements], options);
    } catch (error) {
      throw explained(error);
    }
  }

  return {
    as(identity) {
      const start = context(identity);
      const batch = async (statements: readonly Query[], options?: Options) =>
        (await run([query(start), ...statements], options)).slice(1);
      const record = (event: AnalyticsEvent) => query(recording(identity, event));
      return {
        query: async (statement, options) => (await batch([statement], options))[0] as never,
        batch: async (statements, options) => (await batch(statements, options)) as never,
        record: async (event) => {
          await batch([record(event)]);
        },
        recording: record,
      };
    },
    async admit(identity, options) {
      const statements = admission(identity, options).map(query);
      const signal = options?.signal;
      const results = await run(statements, signal ? { fetchOptions: { signal } } : {});
      return decided(results[2] as unknown[]);
    },
  };
}
