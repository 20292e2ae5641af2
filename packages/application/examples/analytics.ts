import { neon } from "@neondatabase/serverless";
import { NotAMemberError } from "@prductr/application";
import { forNeon } from "@prductr/application/neon";

const tenants = forNeon(neon(process.env.CONDUCTOR_DATABASE_URL ?? ""));

/** At sign-up there is no organization yet. */
export async function signedUp(userId: string, provider: string): Promise<void> {
  await tenants.as({ userId }).record({ event: "signup", properties: { provider } });
}

/** Returns false, with nothing recorded, if the user is not a member of the organization. */
export async function heartbeat(userId: string, organizationId: string, agentId: string): Promise<boolean> {
  try {
    await tenants.as({ userId, organizationId }).record({ event: "agent_heartbeat", properties: { agentId } });
    return true;
  } catch (error) {
    if (error instanceof NotAMemberError) return false;
    throw error;
  }
}
