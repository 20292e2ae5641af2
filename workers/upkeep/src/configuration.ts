/** The bindings, as workers/README.md describes them. */
export interface Environment {
  readonly [name: string]: unknown;
}

/** A run's validated configuration. */
export interface Configuration {
  readonly version: string;
  readonly databaseUrl: string;
  /** Null: the address that the driver derives from the database's host. */
  readonly sqlEndpoint: string | null;
  readonly retentionDays: number;
  readonly batchRows: number;
  readonly maximumBatches: number;
  readonly statementTimeout: number;
}

/** Returns the configuration. Throws an Error that names every wrong variable, and none of their values. */
export function configuration(env: Environment): Configuration {
  const problems: string[] = [];
  const text = (name: string) => (typeof env[name] === "string" ? (env[name] as string) : "");
  const whole = (name: string, fallback: number, least: number, most: number) => {
    const value = Number(text(name) || fallback);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    problems.push(`${name} is not a whole number from ${least} to ${most}`);
    return fallback;
  };
  const databaseUrl = text("DATABASE_URL");
  if (!/^postgres(ql)?:\/\/[^:@/]+:[^@/]+@[^/]+\/.+/.test(databaseUrl)) {
    problems.push("DATABASE_URL is not a PostgreSQL URL with user, password, host and database");
  }
  const found = {
    version: text("VERSION"),
    databaseUrl,
    sqlEndpoint: text("SQL_ENDPOINT") || null,
    retentionDays: whole("ANALYTICS_RETENTION_DAYS", 400, 1, 36_500),
    batchRows: whole("BATCH_ROWS", 1000, 1, 10_000),
    maximumBatches: whole("MAXIMUM_BATCHES", 50, 1, 10_000),
    statementTimeout: whole("STATEMENT_TIMEOUT_SECONDS", 20, 1, 120) * 1000,
  };
  if (problems.length) throw new Error(`upkeep is not configured: ${problems.join("; ")}`);
  return found;
}
