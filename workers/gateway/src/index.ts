/**
 * The gateway of an API: it verifies the caller, counts the call, and forwards it. Everything else is refused.
 *
 * workers/README.md describes the bindings.
 */

import { CallRecord } from "./call_record.ts";
import { type Configuration, configuration, type Environment } from "./configuration.ts";
import { isPreflight, preflight, share } from "./cors.ts";
import { isLoop, requestHeaders, secure } from "./headers.ts";
import { health, misconfigured } from "./health.ts";
import { type Keep, KeySet } from "./key_set.ts";
import { admit } from "./rate_limit.ts";
import { answerTo, Refusal } from "./refusal.ts";
import { checkRequest } from "./request_rules.ts";
import { verify } from "./token.ts";
import { isWebSocket, passOn } from "./upstream.ts";

const HEALTH = "/health";

interface Gateway {
  readonly config: Configuration;
  readonly keys: KeySet;
}

/** One gateway for each set of bindings: an isolate keeps its keys between requests. */
const gateways = new WeakMap<Environment, Gateway | string[]>();

export default {
  async fetch(request: Request, env: Environment, context: ExecutionContext): Promise<Response> {
    const keep: Keep = (work) => context.waitUntil(work);
    const record = new CallRecord();
    const url = new URL(request.url);
    const gateway = gatewayOf(env);
    const response = await answer(request, url, gateway, env, record, keep).catch((error: unknown) => {
      const refusal = error instanceof Refusal ? error : failure(error);
      record.code = refusal.code;
      return answerTo(refusal, request.method, record.id);
    });
    finish(response.headers, request, gateway, record);
    const { service, version } = Array.isArray(gateway) ? { service: "", version: "" } : gateway.config;
    record.write(service, version, request.method, url.pathname, response.status);
    return response;
  },
};

/** Returns the response to the request. Throws a Refusal. */
async function answer(
  request: Request,
  url: URL,
  gateway: Gateway | string[],
  env: Environment,
  record: CallRecord,
  keep: Keep,
): Promise<Response> {
  if (Array.isArray(gateway)) {
    if (url.pathname === HEALTH) return misconfigured(request, env.VERSION, gateway);
    throw new Refusal(500, "misconfigured", "Misconfigured", "This gateway is not configured: /health says how.");
  }
  const { config, keys } = gateway;
  checkRequest(request, url, config);
  if (url.pathname === HEALTH) return await health(request, url, config, keys, keep);
  if (config.corsOrigins.size && isPreflight(request)) return preflight(request, config.corsOrigins);
  const via = `1.1 ${config.service}`;
  if (isLoop(request.headers, via)) {
    throw new Refusal(508, "loop", "Loop detected", "The upstream leads back to this gateway.");
  }
  const { upstream } = config;
  if (upstream === null) {
    const headers = { "retry-after": "3600" };
    throw new Refusal(503, "no_upstream", "No upstream", "This API has no upstream yet.", headers);
  }
  isWebSocket(request); // Refuses a broken handshake before it is counted.
  const caller = await verify(request.headers, { keys, keep, issuer: config.issuer, service: config.service });
  record.caller = caller;
  const admission = await admit(request, url.pathname, caller, config.limit);
  record.admission = admission;
  const passage = { id: record.id, caller, url, secret: upstream.secret, via };
  const headers = requestHeaders(request, passage);
  try {
    const response = await passOn(request, headers, url, upstream, config);
    for (const [name, value] of Object.entries(admission.headers)) response.headers.set(name, value);
    return response;
  } catch (error) {
    throw limited(error, admission.headers);
  }
}

/** Adds the limit's fields to the refusal: every response to a counted call carries them, even if the call then failed. */
function limited(error: unknown, headers: Readonly<Record<string, string>>): Refusal {
  const { status, code, title, message, members, ...rest } = error instanceof Refusal ? error : failure(error);
  return new Refusal(status, code, title, message, { ...rest.headers, ...headers }, members);
}

function finish(headers: Headers, request: Request, gateway: Gateway | string[], record: CallRecord): void {
  secure(headers, record.id);
  if (Array.isArray(gateway)) return;
  share(headers, request.headers.get("origin"), gateway.config.corsOrigins);
  if (gateway.config.limit === null) headers.set("x-ratelimit-status", "off");
}

function gatewayOf(env: Environment): Gateway | string[] {
  let found = gateways.get(env);
  if (found === undefined) {
    const config = configuration(env);
    found = Array.isArray(config) ? config : { config, keys: new KeySet(config) };
    gateways.set(env, found);
    warn(found);
  }
  return found;
}

/** Logs once in each isolate if a protection is switched off or the gateway is misconfigured. */
function warn(gateway: Gateway | string[]): void {
  if (Array.isArray(gateway)) console.error(JSON.stringify({ event: "misconfigured", problems: gateway }));
  else if (gateway.config.limit === null)
    console.warn(JSON.stringify({ event: "protection_off", protection: "rate_limit" }));
}

function failure(error: unknown): Refusal {
  console.error(JSON.stringify({ event: "failure", error: error instanceof Error ? error.stack : String(error) }));
  return new Refusal(500, "failure", "Internal error", "The gateway failed. Nothing is known about the call.");
}
