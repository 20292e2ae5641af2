import { neon } from "@neondatabase/serverless";
import type { Identity } from "@prductr/application";
import { forNeon } from "@prductr/application/neon";
import { withRateLimit } from "@prductr/application/next";
import { session } from "./session.ts";

const sql = neon(process.env.CONDUCTOR_DATABASE_URL ?? "");
const tenants = forNeon(sql);
const identify = async (request: Request): Promise<Identity | null> => await session(request);

/** app/api/tasks/route.ts: limited, then within the tenant. */
export const GET = withRateLimit(
  { limiter: tenants, identify, enabled: () => process.env.ENABLE_RATE_LIMITING !== "false" },
  async (request) => {
    const identity = await session(request);
    return Response.json(identity && (await tenants.as(identity).query(sql`select id, title from tasks order by id`)));
  },
);
