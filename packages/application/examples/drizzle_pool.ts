import type { Identity } from "@prductr/application";
import { forDrizzlePool } from "@prductr/application/drizzle";
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type { Pool } from "pg";

/** Counts the organization's tasks. */
export async function countTasks(pool: Pool, identity: Identity): Promise<number> {
  const tenants = forDrizzlePool(drizzle(pool));
  return await tenants.as(identity).transaction(async (transaction) => {
    const { rows } = await transaction.execute(sql`select count(*)::int as tasks from tasks`);
    return rows[0]?.tasks as number;
  });
}
