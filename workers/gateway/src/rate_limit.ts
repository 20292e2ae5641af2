import type { Decision } from "../../limiter/src/protocol.ts";
import type { Configuration } from "./configuration.ts";
import { isOpen, planOf } from "./rate_limit_configuration.ts";
import { Refusal } from "./refusal.ts";
import type { Caller } from "./token.ts";

/** The name of the policy, in header fields and problems. */
export const POLICY = "user-day";

const QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded";
const REDUCED_CAPACITY = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";
const RETRY_SECONDS = 5;

/** Header fields of every response to the call, and the limiter's decision: null while the limit is off or unknown. */
export interface Admission {
  readonly headers: Readonly<Record<string, string>>;
  readonly decision: Decision | null;
  readonly outcome: "off" | "admitted" | "unavailable";
}

/** How often the limiter did not respond in time, in this isolate. */
export const count = { unavailable: 0 };

/** Admits the call, or throws the Refusal to respond with. Waits for the limiter no longer than the deadline. */
export async function admit(
  request: Request,
  path: string,
  caller: Caller,
  limit: Configuration["limit"],
): Promise<Admission> {
  if (limit === null) return { headers: { "x-ratelimit-status": "off" }, decision: null, outcome: "off" };
  const plan = planOf(caller, limit.plans);
  const decision = await within(limit.deadline, () =>
    limit.namespace.getByName(caller.user).take({
      limit: plan.limit,
      windowSeconds: plan.window_seconds,
      key: request.headers.get("idempotency-key"),
    }),
  ).catch((error: unknown) => unavailable(error, caller));
  if (decision === null) {
    const headers = { "x-ratelimit-status": "unavailable", "cache-control": "no-store" };
    if (isOpen(limit.unavailable, request.method, path)) return { headers, decision, outcome: "unavailable" };
    throw closed(headers);
  }
  const headers = fields(decision);
  if (!decision.admitted) throw denied(decision, headers);
  return { headers, decision, outcome: "admitted" };
}

/** Whether the limiter responds within `milliseconds`. It stores nothing. */
export async function answers(limit: NonNullable<Configuration["limit"]>, milliseconds: number): Promise<boolean> {
  return within(milliseconds, () => limit.namespace.getByName("health").ping()).then(
    (text) => text === "ok",
    () => false,
  );
}

/**
 * Returns the header fields of a decision.
 *
 * RateLimit and RateLimit-Policy are those of draft-ietf-httpapi-ratelimit-headers-10 and -11: a draft, not a standard. If
 * its parameters are renamed, only this function changes. X-RateLimit-Reset is in seconds from now.
 */
export function fields({ limit, remaining, reset_seconds, window_seconds }: Decision): Record<string, string> {
  return {
    "ratelimit-policy": `"${POLICY}";q=${limit};w=${window_seconds}`,
    ratelimit: `"${POLICY}";r=${remaining};t=${reset_seconds}`,
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(reset_seconds),
    "cache-control": "no-store",
  };
}

function denied({ limit, window_seconds, reset_seconds }: Decision, headers: Record<string, string>): Refusal {
  return new Refusal(
    429,
    "quota_exceeded",
    "Quota exceeded",
    `All ${limit} requests of the last ${window_seconds} s are used. The next one passes in ${reset_seconds} s.`,
    { ...headers, "retry-after": String(reset_seconds) },
    { type: QUOTA_EXCEEDED, "violated-policies": [POLICY] },
  );
}

function closed(headers: Record<string, string>): Refusal {
  return new Refusal(
    503,
    "limiter_unavailable",
    "Temporary reduced capacity",
    `The rate limit could not be checked. Try again in ${RETRY_SECONDS} s.`,
    { ...headers, "retry-after": String(RETRY_SECONDS) },
    { type: REDUCED_CAPACITY },
  );
}

function unavailable(error: unknown, { user }: Caller): null {
  count.unavailable += 1;
  console.error(JSON.stringify({ event: "limiter_unavailable", user, count: count.unavailable, error: String(error) }));
  return null;
}

/** Resolves to the result of `ask` within `milliseconds`; rejects after that, or with the error of `ask`. */
async function within<T>(milliseconds: number, ask: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([ask(), late]);
  } finally {
    clearTimeout(timer);
  }
}
