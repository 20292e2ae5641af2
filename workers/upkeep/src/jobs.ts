import type { Configuration } from "./configuration.ts";

/** Runs one statement, and answers its first row. */
export type Query = (statement: string, parameters: unknown[]) => Promise<Record<string, unknown> | undefined>;

/** Something to trim: each call of its statement removes a batch and answers how many rows it removed. */
export interface Job {
  readonly name: string;
  readonly statement: string;
  readonly parameters: unknown[];
}

/** What a job did. */
export interface Done {
  readonly job: string;
  readonly removed: number;
  readonly batches: number;
  /** Whether the run's bounds ended it before everything was removed; the next run goes on. */
  readonly more: boolean;
}

const RECORD = "select public.record_upkeep($1::text, $2::bigint)";

/** What there is to trim. */
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

/** Trims batch by batch until one is not full, and records that. Goes no further than its bounds. Rejects if a statement fails. */
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

/** A bigint comes as text. */
function count(row: Record<string, unknown> | undefined, job: string): number {
  const rows = Number(row?.removed ?? Number.NaN);
  if (Number.isInteger(rows) && rows >= 0) return rows;
  throw new Error(`the database does not say how many rows ${job} removed`);
}
