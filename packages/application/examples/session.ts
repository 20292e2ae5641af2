import type { Identity } from "@prductr/application";

/** Stands for the verified session of Neon Auth: in the example the cookie names the user and the organization as they are. */
export async function session(request: Request): Promise<Identity | null> {
  const [, userId, organizationId] = /session=([^/;]+)\/([^/;]+)/.exec(request.headers.get("cookie") ?? "") ?? [];
  return userId && organizationId ? { userId, organizationId } : null;
}
