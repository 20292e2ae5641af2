import type { Configuration } from "./configuration.ts";
import type { Keep, KeySet } from "./key_set.ts";
import { answers, count } from "./rate_limit.ts";
import { Refusal } from "./refusal.ts";

const DEEP_TIMEOUT_MILLISECONDS = 2000;
/** More frequent requests get the last result, so the check does not become a load. */
const DEEP_LIFE_MILLISECONDS = 5000;

let last: { readonly at: number; readonly body: Deep } | null = null;

interface Deep {
  readonly status: "ok" | "degraded";
  readonly checks: Readonly<Record<"upstream" | "keys" | "limiter", string>>;
  readonly limiter_unavailable: number;
}

/** `/health` reports that this gateway runs, and protections that are off. `/health?deep` also checks its dependencies. */
export async function health(
  request: Request,
  url: URL,
  config: Configuration,
  keys: KeySet,
  keep: Keep,
): Promise<Response> {
  requireReading(request.method);
  const { service, version } = config;
  const protections = { authentication: "on", rate_limit: config.limit ? "on" : "off" };
  const deep = url.searchParams.has("deep") ? await dependencies(config, keys, keep) : null;
  return json(request.method, deep?.status === "degraded" ? 503 : 200, {
    status: "ok",
    service,
    version,
    protections,
    ...deep,
  });
}

/** Returns `/health` of a misconfigured gateway: it names the variables. Such a gateway forwards no call. */
export function misconfigured(request: Request, version: unknown, problems: readonly string[]): Response {
  requireReading(request.method);
  return json(request.method, 500, { status: "misconfigured", version, problems });
}

async function dependencies(config: Configuration, keys: KeySet, keep: Keep): Promise<Deep> {
  if (last && Date.now() - last.at < DEEP_LIFE_MILLISECONDS) return last.body;
  const [upstream, key, limiter] = await Promise.all([
    config.upstream ? upstreamAnswers(config.upstream.url) : "none",
    keys.refresh(keep).then((copy) => (copy ? "ok" : "unavailable")),
    config.limit ? answers(config.limit, DEEP_TIMEOUT_MILLISECONDS).then((ok) => (ok ? "ok" : "unavailable")) : "off",
  ]);
  const checks = { upstream, keys: key, limiter };
  const status = Object.values(checks).includes("unavailable") ? "degraded" : "ok";
  const body: Deep = { status, checks, limiter_unavailable: count.unavailable };
  last = { at: Date.now(), body };
  return body;
}

/** Any response below 500 counts: the upstream may require the secret, which an unauthenticated check must not send. */
async function upstreamAnswers(url: string): Promise<string> {
  try {
    const signal = AbortSignal.timeout(DEEP_TIMEOUT_MILLISECONDS);
    const answer = await fetch(url, { method: "HEAD", redirect: "manual", signal });
    await answer.body?.cancel();
    return answer.status < 500 ? "ok" : "unavailable";
  } catch {
    return "unavailable";
  }
}

function requireReading(method: string): void {
  if (method === "GET" || method === "HEAD") return;
  throw new Refusal(405, "method_not_allowed", "Method not allowed", "Health is read with GET.", {
    allow: "GET, HEAD",
  });
}

function json(method: string, status: number, body: unknown): Response {
  return new Response(method === "HEAD" ? null : JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}
