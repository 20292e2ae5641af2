/**
 * Removes hourly what the database no longer needs: old product analytics, rate limit entries that no longer count, and
 * expired file locks. Each job calls one narrow function, in bounded batches, and each success is recorded.
 *
 * workers/README.md describes the bindings.
 */

import { neon, neonConfig } from "@neondatabase/serverless";
import { type Configuration, configuration, type Environment } from "./configuration.ts";
import { type Done, jobs, type Query, trim } from "./jobs.ts";

/** Cloudflare ends a run by cron after 15 minutes. */
const LONGEST_RUN_MILLISECONDS = 10 * 60_000;

export default {
  /** Does every job. Throws at the end if one of them failed, so that the run is shown as failed. */
  async scheduled(_event: ScheduledController, env: Environment): Promise<void> {
    const config = configured(env);
    const end = Date.now() + LONGEST_RUN_MILLISECONDS;
    const query = queries(config);
    const failed: string[] = [];
    for (const job of jobs(config)) {
      try {
        log("upkeep", config, await trim(job, query, config, () => Date.now() > end));
      } catch (error) {
        failed.push(job.name);
        log("upkeep_failed", config, { job: job.name, ...described(error) });
      }
    }
    if (failed.length) throw new Error(`upkeep failed: ${failed.join(", ")}`);
  },
};

function configured(env: Environment): Configuration {
  try {
    return configuration(env);
  } catch (error) {
    console.error(JSON.stringify({ event: "misconfigured", ...described(error) }));
    throw error;
  }
}

function queries({ databaseUrl, sqlEndpoint, statementTimeout }: Configuration): Query {
  if (sqlEndpoint !== null) neonConfig.fetchEndpoint = sqlEndpoint;
  const sql = neon(databaseUrl);
  return async (statement, parameters) => {
    const fetchOptions = { signal: AbortSignal.timeout(statementTimeout) };
    const rows = await sql.query(statement, parameters, { fetchOptions });
    return rows[0];
  };
}

function log(event: string, { version }: Configuration, what: Done | Record<string, unknown>): void {
  const line = JSON.stringify({ event, version, ...what });
  if (event === "upkeep") console.log(line);
  else console.error(line);
}

/** Returns the error's message and code, without the data that it may carry. */
function described(error: unknown): Record<string, unknown> {
  const { message, code } = error as { message?: unknown; code?: unknown };
  return { error: String(message ?? error), code: typeof code === "string" ? code : undefined };
}
