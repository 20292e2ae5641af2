import type { Configuration } from "./configuration.ts";

/** Runs one statement, and returns its first row. */
export type Query = (statement: string, parameters: unknown[]) => Promise<Record<string, unknown> | undefined>;

/** A table to trim: each call of its statement removes a batch and returns the number of removed rows. */
export interface Job {
  readonly name: string;
  readonly statement: string;
  readonly parameters: unknown[];
}

/** The result of a job. */
export interface Done {
  readonly job: string;
  readonly removed: number;
  readonly batches: number;
  /** Whether the run's bounds ended it before everything was removed; the next run continues. */
  readonly more: boolean;
}

const RECORD = "select public.record_upkeep($1::text, $2::bigint)";

/** Returns all jobs. */
export function jobs({ retentionDays, batchRows }: Configuration): Job[] {
  return [
    {
      name: "analytics",
      statement: "select public.trim_analytics($1::interval, $2::integer) as removed",
      parameters: [`${retentionDays} days`, batchRows],
    },
    {
      name: "rate_limits",
      statement: "select public.trim_rate_limits($1::integer) as removed",
      parameters: [batchRows],
    },
    {
      name: "file_locks",
      statement: "select public.trim_file_locks($1::integer) as removed",
      parameters: [batchRows],
    },
  ];
}

/** Trims batch by batch until one is not full, or until its bounds, and records success. Rejects if a statement fails. */
export async function trim(job: Job, query: Query, bounds: Configuration, isLate: () => boolean): Promise<Done> {
  let [removed, batches, more] = [0, 0, true];
  while (more && batches < bounds.maximumBatches && !isLate()) {
    const rows = count(await query(job.statement, job.parameters), job.name);
    removed += rows;
    batches += 1;
    more = rows >= bounds.batchRows;
  }
  await query(RECORD, [job.name, removed]);
  return { job: job.name, removed, batches, more };
}

/** Returns the count as a number: the driver returns a bigint as text. */
function count(row: Record<string, unknown> | undefined, job: string): number {
  const rows = Number(row?.removed ?? Number.NaN);
  if (Number.isInteger(rows) && rows >= 0) return rows;
  throw new Error(`the database does not say how many rows ${job} removed`);
}
