import { HIGHEST_LIMIT, LONGEST_WINDOW } from "../../limiter/src/protocol.ts";
import type { Caller } from "./token.ts";

/** The number of calls that a plan allows in a window. */
export interface Plan {
  readonly limit: number;
  readonly window_seconds: number;
}

/** All plans, and the plans of members. */
export interface Plans {
  readonly default_plan: string;
  readonly plans: Readonly<Record<string, Plan>>;
  /** "user:ID" or "organization:ID" -> name of a plan. */
  readonly members: Readonly<Record<string, string>>;
}

/** The handling of calls with these methods and paths while the limiter does not respond. */
export interface UnavailableRule {
  readonly methods: readonly string[];
  readonly path: string;
  readonly answer: "open" | "closed";
}

/** The plans of contract/rate_limit.json. */
export const DEFAULT_PLANS: Plans = {
  default_plan: "free",
  plans: { free: { limit: 100, window_seconds: 86400 } },
  members: {},
};

/** Reads proceed; calls that change or cost something are refused. */
export const DEFAULT_UNAVAILABLE: readonly UnavailableRule[] = [
  { methods: ["GET", "HEAD", "OPTIONS"], path: "/*", answer: "open" },
];

/** Returns the plans that `text` declares, the default ones if it is empty. Adds mistakes to `problems`. */
export function plans(text: string, problems: string[]): Plans {
  if (!text) return DEFAULT_PLANS;
  const read = parsed(text);
  const found = { default_plan: read?.default_plan, plans: read?.plans, members: read?.members ?? {} };
  if (isPlans(found)) return found;
  problems.push("RATE_LIMIT_PLANS: is not JSON as workers/README.md describes it");
  return DEFAULT_PLANS;
}

/** Returns the rules that `text` declares, the default ones if it is empty. Adds mistakes to `problems`. */
export function unavailableRules(text: string, problems: string[]): readonly UnavailableRule[] {
  if (!text) return DEFAULT_UNAVAILABLE;
  const read = parsed(text);
  if (Array.isArray(read) && read.every(isRule)) return read;
  problems.push("RATE_LIMIT_UNAVAILABLE: is not JSON as workers/README.md describes it");
  return [];
}

/** Returns the plan of a caller: its own, else its organization's, else the default. */
export function planOf({ user, organization }: Caller, { default_plan, plans, members }: Plans): Plan {
  const own = entry(members, `user:${user}`) ?? (organization && entry(members, `organization:${organization}`));
  return entry(plans, own || default_plan) as Plan; // Validated: every name has a plan.
}

/** Whether a call proceeds while the limiter does not respond. */
export function isOpen(rules: readonly UnavailableRule[], method: string, path: string): boolean {
  const rule = rules.find((each) => each.methods.includes(method) && fits(each.path, path));
  return rule?.answer === "open";
}

function fits(pattern: string, path: string): boolean {
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

function entry<T>(map: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

function isPlans(value: { default_plan: unknown; plans: unknown; members: unknown }): value is Plans {
  const { default_plan, plans, members } = value;
  if (!isObject(plans) || !isObject(members) || !Object.values(plans).every(isPlan)) return false;
  return [default_plan, ...Object.values(members)].every(
    (name) => typeof name === "string" && Object.hasOwn(plans, name),
  );
}

function isPlan(value: unknown): boolean {
  return isObject(value) && isWhole(value.limit, 0, HIGHEST_LIMIT) && isWhole(value.window_seconds, 1, LONGEST_WINDOW);
}

function isRule(value: unknown): value is UnavailableRule {
  if (!isObject(value) || !Array.isArray(value.methods)) return false;
  const { methods, path, answer } = value;
  return (
    methods.every((each) => /^[A-Z]+$/.test(String(each))) &&
    typeof path === "string" &&
    path.startsWith("/") &&
    (answer === "open" || answer === "closed")
  );
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// biome-ignore lint/suspicious/noExplicitAny: the caller validates the contents of the text.
function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
