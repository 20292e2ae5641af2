import { neon } from "@neondatabase/serverless";
import type { Identity } from "@prductr/application";
import { forDrizzle } from "@prductr/application/drizzle";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/neon-http";
import { pgTable, text } from "drizzle-orm/pg-core";

const tasks = pgTable("tasks", {
  id: text("id").primaryKey(),
  projectId: text("project_id").notNull(),
  title: text("title").notNull(),
  organizationId: text("organization_id"), // filled from the project if an insert omits it
});
const db = drizzle(neon(process.env.CONDUCTOR_DATABASE_URL ?? ""));
const tenants = forDrizzle(db);

/** Creates a task and records the event, or does neither. */
export async function createTask(identity: Identity, projectId: string, id: string, title: string) {
  const tenant = tenants.as(identity);
  const [made] = await tenant.batch([
    db.insert(tasks).values({ id, projectId, title }).returning(),
    tenant.recording({ event: "task_created", properties: { taskId: id, projectId } }),
  ]);
  return made[0];
}

/** Returns the tasks of a project. */
export function projectTasks(identity: Identity, projectId: string) {
  return tenants.as(identity).query(db.select().from(tasks).where(eq(tasks.projectId, projectId)));
}
