import { neon } from "@neondatabase/serverless";
import type { Identity } from "@prductr/application";
import { forNeon } from "@prductr/application/neon";

const sql = neon(process.env.CONDUCTOR_DATABASE_URL ?? "");
const tenants = forNeon(sql);

/** The contents of a page: two statements, one round trip, one transaction. */
export async function projectPage(identity: Identity, projectId: string) {
  const [tasks, locks] = await tenants
    .as(identity)
    .batch([
      sql`select id, title from tasks where project_id = ${projectId} order by id`,
      sql`select file_path from file_locks where project_id = ${projectId}`,
    ]);
  return { tasks, locks };
}
