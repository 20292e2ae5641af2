import { NoContextError } from "./errors.ts";

/** Who asks, and for which organization. */
export interface Identity {
  /** The user's id, from a verified session and never from a header or a body. Null for a machine. */
  readonly userId: string | null;
  /** The organization in force. Left out for what belongs to the user alone, such as its list of organizations. */
  readonly organizationId?: string | null;
}

/** The parameters of `require_context`. Throws NoContextError before anything is sent where nobody is named. */
export function parameters({ userId, organizationId }: Identity): [string | null, string | null] {
  const named = [userId || null, organizationId || null] as [string | null, string | null];
  if (named.every((one) => one === null)) {
    throw new NoContextError("Neither a user nor an organization is named.");
  }
  return named;
}
