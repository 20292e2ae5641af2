import type { Identity } from "@prductr/application";

/** Stands in for the verified session of Neon Auth: here the cookie holds the plain ids of user and organization. */
export async function session(request: Request): Promise<Identity | null> {
  const [, userId, organizationId] = /session=([^/;]+)\/([^/;]+)/.exec(request.headers.get("cookie") ?? "") ?? [];
  return userId && organizationId ? { userId, organizationId } : null;
}
