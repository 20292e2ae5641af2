import type { Limiter } from "../../limiter/src/protocol.ts";
import { type Plans, plans, type UnavailableRule, unavailableRules } from "./rate_limit_configuration.ts";

/** The bindings, as workers/README.md describes them. Any may be missing: only validated values are used. */
export interface Environment {
  readonly [name: string]: unknown;
  readonly LIMITER?: LimiterNamespace;
}

/** The binding of the limiter's class; each name has one limiter. */
export interface LimiterNamespace {
  getByName(name: string): Limiter;
}

/** The gateway's validated configuration. Times are in milliseconds. */
export interface Configuration {
  readonly version: string;
  readonly service: string;
  /** Empty: any host. */
  readonly host: string;
  readonly authUrl: string;
  /** Origin of the auth URL: issuer and audience of every token. */
  readonly issuer: string;
  readonly upstream: { readonly url: string; readonly secret: string; readonly timeout: number } | null;
  readonly bodyTimeout: number;
  readonly maximumBodyBytes: number;
  /** Null while the limit is switched off. */
  readonly limit: {
    readonly namespace: LimiterNamespace;
    readonly plans: Plans;
    readonly unavailable: readonly UnavailableRule[];
    readonly deadline: number;
  } | null;
  readonly corsOrigins: ReadonlySet<string>;
  readonly keys: { readonly timeout: number; readonly maximumAge: number; readonly stale: number };
}

const SHORTEST_SECRET = 32;
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/** Returns the configuration, or a problem for each wrong variable. Problems name variables, never their values. */
export function configuration(env: Environment): Configuration | string[] {
  const problems: string[] = [];
  const read = new Reader(env, problems);
  const auth = read.url("AUTH_URL", true);
  const upstream = read.url("UPSTREAM_URL", false);
  const secret = read.text("UPSTREAM_SECRET");
  if (upstream && secret.length < SHORTEST_SECRET) {
    problems.push(`UPSTREAM_SECRET: at least ${SHORTEST_SECRET} characters are needed`);
  }
  if (!read.text("VERSION")) problems.push("VERSION: is missing");
  const found: Configuration = {
    version: read.text("VERSION"),
    service: read.text("SERVICE", "echome"),
    host: read.text("HOST").toLowerCase(),
    authUrl: auth?.href.replace(/\/+$/, "") ?? "",
    issuer: auth?.origin ?? "",
    upstream: upstream && {
      url: upstream.href.replace(/\/+$/, ""),
      secret,
      timeout: read.number("UPSTREAM_TIMEOUT_SECONDS", 25, 1, 300) * 1000,
    },
    bodyTimeout: read.number("BODY_TIMEOUT_SECONDS", 60, 1, 600) * 1000,
    maximumBodyBytes: read.number("MAXIMUM_BODY_BYTES", 10 * 1024 * 1024, 0, 100 * 1024 * 1024),
    limit: limit(read, env.LIMITER, problems),
    corsOrigins: read.origins("CORS_ORIGINS"),
    keys: {
      timeout: read.number("KEYS_TIMEOUT_MILLISECONDS", 2000, 1, 10_000),
      maximumAge: read.number("KEYS_MAXIMUM_AGE_SECONDS", 600, 1, 3600) * 1000,
      stale: read.number("KEYS_STALE_SECONDS", 3600, 0, 86_400) * 1000,
    },
  };
  return problems.length ? problems : found;
}

function limit(read: Reader, namespace: LimiterNamespace | undefined, problems: string[]): Configuration["limit"] {
  const text = read.text("ENABLE_RATE_LIMITING", "true");
  if (text === "false") return null;
  if (text !== "true") problems.push("ENABLE_RATE_LIMITING: is neither true nor false");
  if (typeof namespace?.getByName !== "function") problems.push("LIMITER: is not bound to a Durable Object class");
  return {
    namespace: namespace as LimiterNamespace,
    plans: plans(read.text("RATE_LIMIT_PLANS"), problems),
    unavailable: unavailableRules(read.text("RATE_LIMIT_UNAVAILABLE"), problems),
    deadline: read.number("RATE_LIMIT_DEADLINE_MILLISECONDS", 250, 1, 250),
  };
}

class Reader {
  readonly #env: Environment;
  readonly #problems: string[];

  constructor(env: Environment, problems: string[]) {
    this.#env = env;
    this.#problems = problems;
  }

  text(name: string, fallback = ""): string {
    const value = this.#env[name];
    return typeof value === "string" && value !== "" ? value : fallback;
  }

  number(name: string, fallback: number, least: number, most: number): number {
    const value = Number(this.text(name, String(fallback)));
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    this.#problems.push(`${name}: is not a whole number from ${least} to ${most}`);
    return fallback;
  }

  /** What is sent there is worth reading: plain HTTP is for this machine only. */
  url(name: string, needed: boolean): URL | null {
    const text = this.text(name);
    if (!text && !needed) return null;
    const url = URL.canParse(text) ? new URL(text) : null;
    const secure = url && (url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname)));
    if (url && secure && !url.username && !url.password && !url.search && !url.hash) return url;
    this.#problems.push(`${name}: is not an HTTPS URL without user, query and fragment`);
    return null;
  }

  origins(name: string): ReadonlySet<string> {
    const found = this.text(name)
      .split(/[\s,]+/)
      .filter(Boolean);
    const wrong = found.filter((each) => !URL.canParse(each) || new URL(each).origin !== each);
    if (wrong.length)
      this.#problems.push(`${name}: holds what is not an origin, such as https://dashboard.example.com`);
    return new Set(found);
  }
}
