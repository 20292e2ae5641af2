import type { Identity } from "@prductr/application";
import { forPool } from "@prductr/application/node-postgres";
import type { Pool } from "pg";

/** Renames a task if its name is still the old one. */
export async function renameTask(pool: Pool, identity: Identity, id: string, from: string, to: string) {
  return await forPool(pool)
    .as(identity)
    .transaction(async (client) => {
      const { rows } = await client.query("select title from tasks where id = $1 for update", [id]);
      if (rows[0]?.title !== from) return false;
      await client.query("update tasks set title = $2 where id = $1", [id, to]);
      return true;
    });
}
