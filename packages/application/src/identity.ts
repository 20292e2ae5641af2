import { NoContextError } from "./errors.ts";

/** The user, and the organization on whose behalf it acts. */
export interface Identity {
  /** The user's id, from a verified session and never from a header or a body. Null for a machine. */
  readonly userId: string | null;
  /** The organization in force. Omitted for data of the user alone, such as its list of organizations. */
  readonly organizationId?: string | null;
}

/** Returns the parameters of `require_context`. Throws NoContextError, before anything is sent, if nobody is named. */
export function parameters({ userId, organizationId }: Identity): [string | null, string | null] {
  const named = [userId || null, organizationId || null] as [string | null, string | null];
  if (named.every((one) => one === null)) {
    throw new NoContextError("Neither a user nor an organization is named.");
  }
  return named;
}
