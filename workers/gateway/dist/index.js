// Generated from src/ by `make workers`; do not edit.
var __defProp = Object.defineProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};

// gateway/src/call_record.ts
var LONGEST_PATH = 512;
var TOKEN = /eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*){0,4}/g;
var CallRecord = class {
  id = crypto.randomUUID();
  #started = Date.now();
  caller = null;
  admission = null;
  code = "";
  write(service, version, method, path, status) {
    const line = {
      event: "request",
      service,
      version,
      request_id: this.id,
      method,
      path: path.slice(0, LONGEST_PATH).replace(TOKEN, "[token]"),
      status,
      code: this.code || void 0,
      user: this.caller?.user,
      organization: this.caller?.organization ?? void 0,
      rate_limit: this.admission?.outcome,
      remaining: this.admission?.decision?.remaining,
      milliseconds: Date.now() - this.#started
    };
    console.log(JSON.stringify(line));
  }
};

// limiter/src/protocol.ts
var LONGEST_KEY = 255;
var LONGEST_WINDOW = 366 * 86400;
var HIGHEST_LIMIT = 1e5;

// gateway/src/rate_limit_configuration.ts
var DEFAULT_PLANS = {
  default_plan: "free",
  plans: { free: { limit: 100, window_seconds: 86400 } },
  members: {}
};
var DEFAULT_UNAVAILABLE = [
  { methods: ["GET", "HEAD", "OPTIONS"], path: "/*", answer: "open" }
];
function plans(text, problems) {
  if (!text) return DEFAULT_PLANS;
  const read = parsed(text);
  const found = { default_plan: read?.default_plan, plans: read?.plans, members: read?.members ?? {} };
  if (isPlans(found)) return found;
  problems.push("RATE_LIMIT_PLANS: is not JSON as workers/README.md describes it");
  return DEFAULT_PLANS;
}
function unavailableRules(text, problems) {
  if (!text) return DEFAULT_UNAVAILABLE;
  const read = parsed(text);
  if (Array.isArray(read) && read.every(isRule)) return read;
  problems.push("RATE_LIMIT_UNAVAILABLE: is not JSON as workers/README.md describes it");
  return [];
}
function planOf({ user, organization }, { default_plan, plans: plans2, members }) {
  const own = entry(members, `user:${user}`) ?? (organization && entry(members, `organization:${organization}`));
  return entry(plans2, own || default_plan);
}
function isOpen(rules, method, path) {
  const rule = rules.find((each) => each.methods.includes(method) && fits(each.path, path));
  return rule?.answer === "open";
}
function fits(pattern, path) {
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}
function entry(map, name) {
  return Object.hasOwn(map, name) ? map[name] : void 0;
}
function isPlans(value) {
  const { default_plan, plans: plans2, members } = value;
  if (!isObject(plans2) || !isObject(members) || !Object.values(plans2).every(isPlan)) return false;
  return [default_plan, ...Object.values(members)].every(
    (name) => typeof name === "string" && Object.hasOwn(plans2, name)
  );
}
function isPlan(value) {
  return isObject(value) && isWhole(value.limit, 0, HIGHEST_LIMIT) && isWhole(value.window_seconds, 1, LONGEST_WINDOW);
}
function isRule(value) {
  if (!isObject(value) || !Array.isArray(value.methods)) return false;
  const { methods, path, answer: answer2 } = value;
  return methods.every((each) => /^[A-Z]+$/.test(String(each))) && typeof path === "string" && path.startsWith("/") && (answer2 === "open" || answer2 === "closed");
}
function isWhole(value, least, most) {
  return Number.isInteger(value) && value >= least && value <= most;
}
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}

// gateway/src/configuration.ts
var SHORTEST_SECRET = 32;
var LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;
function configuration(env) {
  const problems = [];
  const read = new Reader(env, problems);
  const auth = read.url("AUTH_URL", true);
  const upstream = read.url("UPSTREAM_URL", false);
  const secret = read.text("UPSTREAM_SECRET");
  if (upstream && secret.length < SHORTEST_SECRET) {
    problems.push(`UPSTREAM_SECRET: at least ${SHORTEST_SECRET} characters are needed`);
  }
  if (!read.text("VERSION")) problems.push("VERSION: is missing");
  const found = {
    version: read.text("VERSION"),
    service: read.text("SERVICE", "echome"),
    host: read.text("HOST").toLowerCase(),
    authUrl: auth?.href.replace(/\/+$/, "") ?? "",
    issuer: auth?.origin ?? "",
    upstream: upstream && {
      url: upstream.href.replace(/\/+$/, ""),
      secret,
      timeout: read.number("UPSTREAM_TIMEOUT_SECONDS", 25, 1, 300) * 1e3
    },
    bodyTimeout: read.number("BODY_TIMEOUT_SECONDS", 60, 1, 600) * 1e3,
    maximumBodyBytes: read.number("MAXIMUM_BODY_BYTES", 10 * 1024 * 1024, 0, 100 * 1024 * 1024),
    limit: limit(read, env.LIMITER, problems),
    corsOrigins: read.origins("CORS_ORIGINS"),
    keys: {
      timeout: read.number("KEYS_TIMEOUT_MILLISECONDS", 2e3, 1, 1e4),
      maximumAge: read.number("KEYS_MAXIMUM_AGE_SECONDS", 600, 1, 3600) * 1e3,
      stale: read.number("KEYS_STALE_SECONDS", 3600, 0, 86400) * 1e3
    }
  };
  return problems.length ? problems : found;
}
function limit(read, namespace, problems) {
  const text = read.text("ENABLE_RATE_LIMITING", "true");
  if (text === "false") return null;
  if (text !== "true") problems.push("ENABLE_RATE_LIMITING: is neither true nor false");
  if (typeof namespace?.getByName !== "function") problems.push("LIMITER: is not bound to a Durable Object class");
  return {
    namespace,
    plans: plans(read.text("RATE_LIMIT_PLANS"), problems),
    unavailable: unavailableRules(read.text("RATE_LIMIT_UNAVAILABLE"), problems),
    deadline: read.number("RATE_LIMIT_DEADLINE_MILLISECONDS", 250, 1, 250)
  };
}
var Reader = class {
  #env;
  #problems;
  constructor(env, problems) {
    this.#env = env;
    this.#problems = problems;
  }
  text(name, fallback = "") {
    const value = this.#env[name];
    return typeof value === "string" && value !== "" ? value : fallback;
  }
  number(name, fallback, least, most) {
    const value = Number(this.text(name, String(fallback)));
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    this.#problems.push(`${name}: is not a whole number from ${least} to ${most}`);
    return fallback;
  }
  /** What is sent there is worth reading: plain HTTP is for this machine only. */
  url(name, needed) {
    const text = this.text(name);
    if (!text && !needed) return null;
    const url = URL.canParse(text) ? new URL(text) : null;
    const secure2 = url && (url.protocol === "https:" || url.protocol === "http:" && LOOPBACK.test(url.hostname));
    if (url && secure2 && !url.username && !url.password && !url.search && !url.hash) return url;
    this.#problems.push(`${name}: is not an HTTPS URL without user, query and fragment`);
    return null;
  }
  origins(name) {
    const found = this.text(name).split(/[\s,]+/).filter(Boolean);
    const wrong = found.filter((each) => !URL.canParse(each) || new URL(each).origin !== each);
    if (wrong.length)
      this.#problems.push(`${name}: holds what is not an origin, such as https://dashboard.example.com`);
    return new Set(found);
  }
};

// gateway/src/refusal.ts
var Refusal = class extends Error {
  status;
  /** What programs and tests decide by; the texts are for people. */
  code;
  title;
  headers;
  /** Members of the body beside the usual ones; `type` replaces about:blank. */
  members;
  constructor(status, code, title, detail, headers = {}, members = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.title = title;
    this.headers = headers;
    this.members = members;
  }
};
function answerTo(refusal, method, id) {
  const { status, title, code } = refusal;
  const body = {
    type: "about:blank",
    title,
    status,
    detail: refusal.message,
    code,
    instance: `urn:uuid:${id}`,
    ...refusal.members
  };
  return new Response(method === "HEAD" ? null : JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...refusal.headers }
  });
}

// gateway/src/request_rules.ts
var METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
var LONGEST_URL = 8192;
var LARGEST_HEADERS = 32 * 1024;
var WITHOUT_BODY = /* @__PURE__ */ new Set(["GET", "HEAD"]);
var AMBIGUOUS = /%(25)*(2f|5c|00)|(^|\/)(\.|%(25)*2e){1,2}(\/|$)|\\/i;
var INVALID_ESCAPE = /%(?![0-9a-f]{2})/i;
function checkRequest(request, url, { host, maximumBodyBytes }) {
  if (host && url.hostname !== host) {
    throw new Refusal(421, "wrong_host", "Misdirected request", "This gateway does not answer for that host.");
  }
  if (!METHODS.includes(request.method)) {
    throw new Refusal(405, "method_not_allowed", "Method not allowed", "This API does not know that method.", {
      allow: METHODS.join(", ")
    });
  }
  if (request.url.length > LONGEST_URL) {
    throw new Refusal(414, "url_too_long", "URI too long", `A URL may have ${LONGEST_URL} characters.`);
  }
  checkPath(url.pathname);
  checkHeaders(request.headers);
  checkBody(request, maximumBodyBytes);
}
function checkPath(path) {
  if (AMBIGUOUS.test(path) || INVALID_ESCAPE.test(path) || !isUtf8(path)) {
    throw new Refusal(400, "ambiguous_path", "Ambiguous path", "Servers could read this path in different ways.");
  }
}
function isUtf8(path) {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
function checkHeaders(headers) {
  let size = 0;
  for (const [name, value] of headers) size += name.length + value.length + 4;
  if (size > LARGEST_HEADERS) {
    const detail = `Header fields may have ${LARGEST_HEADERS} bytes in all.`;
    throw new Refusal(431, "headers_too_large", "Request header fields too large", detail);
  }
  const key = headers.get("idempotency-key");
  if (key !== null && (!key || key.length > LONGEST_KEY || !/^[ -~]+$/.test(key))) {
    const detail = `An Idempotency-Key has 1 to ${LONGEST_KEY} printable characters.`;
    throw new Refusal(400, "invalid_idempotency_key", "Invalid idempotency key", detail);
  }
}
function checkBody({ method, headers, body }, most) {
  const length = headers.get("content-length");
  if (length !== null && !/^\d{1,15}$/.test(length)) {
    throw new Refusal(400, "invalid_length", "Invalid length", "Content-Length is not a number.");
  }
  if (length !== null && headers.has("transfer-encoding")) {
    throw new Refusal(
      400,
      "ambiguous_framing",
      "Ambiguous framing",
      "A body has a length or comes in chunks, not both."
    );
  }
  if (WITHOUT_BODY.has(method) && (Number(length) > 0 || headers.has("transfer-encoding") || body)) {
    throw new Refusal(400, "body_not_allowed", "Body not allowed", `A ${method} request has no body.`);
  }
  if (Number(length) > most) throw tooLarge(most);
}
function tooLarge(most) {
  return new Refusal(413, "body_too_large", "Content too large", `A body may have ${most} bytes.`);
}

// gateway/src/cors.ts
var ASKED = "authorization, content-type, idempotency-key, last-event-id";
var SHOWN = "ratelimit, ratelimit-policy, retry-after, www-authenticate, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-ratelimit-status, x-request-id";
function isPreflight({ method, headers }) {
  return method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");
}
function preflight(request, origins) {
  if (!origins.has(request.headers.get("origin") ?? "")) {
    throw new Refusal(403, "origin_not_allowed", "Forbidden", "Pages of that origin may not call this API.");
  }
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": METHODS.join(", "),
      "access-control-allow-headers": ASKED,
      "access-control-max-age": "600"
    }
  });
}
function share(headers, origin, origins) {
  if (!origins.size) return;
  headers.append("vary", "origin");
  if (origin === null || !origins.has(origin)) return;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", SHOWN);
}

// gateway/src/headers.ts
var HOP_BY_HOP = /* @__PURE__ */ new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings"
]);
var TOKEN2 = /^[\w!#$%&'*+.^`|~-]+$/;
var PRETENDED = /^(x-(user|organization|org|tenant|account|prductr|auth|authenticated|remote|forwarded|original|rewrite|http-method|method|internal|middleware|vercel|envoy|real|cluster-client|azure|amzn?|goog)([-_].*)?|x-client-(ip|cert|dn|verify).*|x-(host|url|path|scheme|ssl|proto|request-id)([-_].*)?|forwarded([-_].*)?|true-client-ip|client-ip|fastly-.*|cf-.*|cdn-.*|remote-.*|ssl-.*|proxy-.*|proxy|authorization|cookie2?|host|via|expect)$/;
var UPSTREAMS_OWN = /^(access-control-.*|ratelimit.*|x-ratelimit-.*|x-prductr-.*|x-user-.*|x-organization-.*|x-request-id|cf-.*|set-cookie2?|server|server-timing|x-powered-by|x-aspnet.*|x-runtime|x-envoy-.*|x-vercel-.*|alt-svc|via|strict-transport-security|public-key-pins.*)$/;
function requestHeaders(request, { id, caller: caller2, url, secret, via }) {
  const headers = new Headers(request.headers);
  remove(headers, request.headers, isPretended);
  headers.set("x-user-id", caller2.user);
  if (caller2.organization !== null) headers.set("x-organization-id", caller2.organization);
  headers.set("x-request-id", id);
  headers.set("x-prductr-gateway", secret);
  headers.set("x-forwarded-host", url.host);
  headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
  const client = request.headers.get("cf-connecting-ip");
  if (client !== null && /^[0-9a-f.:]{2,45}$/i.test(client)) headers.set("x-forwarded-for", client);
  const earlier = request.headers.get("via");
  headers.set("via", earlier ? `${earlier}, ${via}` : via);
  return headers;
}
function isLoop(headers, via) {
  return (headers.get("via") ?? "").split(",").some((each) => each.trim() === via);
}
function responseHeaders(answer2) {
  const headers = new Headers(answer2);
  remove(headers, answer2, (name) => UPSTREAMS_OWN.test(name));
  return headers;
}
function secure(headers, id) {
  headers.set("x-request-id", id);
  headers.set("strict-transport-security", "max-age=31536000");
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  if (!headers.has("content-security-policy")) {
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  }
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
}
function isPretended(name) {
  const normal = name.replaceAll("_", "-");
  return HOP_BY_HOP.has(normal) || PRETENDED.test(normal);
}
function remove(headers, original, isForeign) {
  for (const name of original.keys()) if (HOP_BY_HOP.has(name) || isForeign(name)) headers.delete(name);
  for (const named of (original.get("connection") ?? "").split(",")) {
    const name = named.trim();
    if (TOKEN2.test(name)) headers.delete(name);
  }
}

// gateway/src/rate_limit.ts
var POLICY = "user-day";
var QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded";
var REDUCED_CAPACITY = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";
var RETRY_SECONDS = 5;
var count = { unavailable: 0 };
async function admit(request, path, caller2, limit2) {
  if (limit2 === null) return { headers: { "x-ratelimit-status": "off" }, decision: null, outcome: "off" };
  const plan = planOf(caller2, limit2.plans);
  const decision = await within(
    limit2.deadline,
    () => limit2.namespace.getByName(caller2.user).take({
      limit: plan.limit,
      windowSeconds: plan.window_seconds,
      key: request.headers.get("idempotency-key")
    })
  ).catch((error) => unavailable(error, caller2));
  if (decision === null) {
    const headers2 = { "x-ratelimit-status": "unavailable", "cache-control": "no-store" };
    if (isOpen(limit2.unavailable, request.method, path)) return { headers: headers2, decision, outcome: "unavailable" };
    throw closed(headers2);
  }
  const headers = fields(decision);
  if (!decision.admitted) throw denied(decision, headers);
  return { headers, decision, outcome: "admitted" };
}
async function answers(limit2, milliseconds) {
  return within(milliseconds, () => limit2.namespace.getByName("health").ping()).then(
    (text) => text === "ok",
    () => false
  );
}
function fields({ limit: limit2, remaining, reset_seconds, window_seconds }) {
  return {
    "ratelimit-policy": `"${POLICY}";q=${limit2};w=${window_seconds}`,
    ratelimit: `"${POLICY}";r=${remaining};t=${reset_seconds}`,
    "x-ratelimit-limit": String(limit2),
    "x-ratelimit-remaining": String(remaining),
    "x-ratelimit-reset": String(reset_seconds),
    "cache-control": "no-store"
  };
}
function denied({ limit: limit2, window_seconds, reset_seconds }, headers) {
  return new Refusal(
    429,
    "quota_exceeded",
    "Quota exceeded",
    `All ${limit2} requests of the last ${window_seconds} s are used. The next one passes in ${reset_seconds} s.`,
    { ...headers, "retry-after": String(reset_seconds) },
    { type: QUOTA_EXCEEDED, "violated-policies": [POLICY] }
  );
}
function closed(headers) {
  return new Refusal(
    503,
    "limiter_unavailable",
    "Temporary reduced capacity",
    `The rate limit could not be checked. Try again in ${RETRY_SECONDS} s.`,
    { ...headers, "retry-after": String(RETRY_SECONDS) },
    { type: REDUCED_CAPACITY }
  );
}
function unavailable(error, { user }) {
  count.unavailable += 1;
  console.error(JSON.stringify({ event: "limiter_unavailable", user, count: count.unavailable, error: String(error) }));
  return null;
}
async function within(milliseconds, ask) {
  let timer = null;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([ask(), late]);
  } finally {
    clearTimeout(timer);
  }
}

// gateway/src/health.ts
var DEEP_TIMEOUT_MILLISECONDS = 2e3;
var DEEP_LIFE_MILLISECONDS = 5e3;
var last = null;
async function health(request, url, config, keys, keep) {
  requireReading(request.method);
  const { service, version } = config;
  const protections = { authentication: "on", rate_limit: config.limit ? "on" : "off" };
  const deep = url.searchParams.has("deep") ? await dependencies(config, keys, keep) : null;
  return json(request.method, deep?.status === "degraded" ? 503 : 200, {
    status: "ok",
    service,
    version,
    protections,
    ...deep
  });
}
function misconfigured(request, version, problems) {
  requireReading(request.method);
  return json(request.method, 500, { status: "misconfigured", version, problems });
}
async function dependencies(config, keys, keep) {
  if (last && Date.now() - last.at < DEEP_LIFE_MILLISECONDS) return last.body;
  const [upstream, key, limiter] = await Promise.all([
    config.upstream ? upstreamAnswers(config.upstream.url) : "none",
    keys.refresh(keep).then((copy) => copy ? "ok" : "unavailable"),
    config.limit ? answers(config.limit, DEEP_TIMEOUT_MILLISECONDS).then((ok) => ok ? "ok" : "unavailable") : "off"
  ]);
  const checks = { upstream, keys: key, limiter };
  const status = Object.values(checks).includes("unavailable") ? "degraded" : "ok";
  const body = { status, checks, limiter_unavailable: count.unavailable };
  last = { at: Date.now(), body };
  return body;
}
async function upstreamAnswers(url) {
  try {
    const signal = AbortSignal.timeout(DEEP_TIMEOUT_MILLISECONDS);
    const answer2 = await fetch(url, { method: "HEAD", redirect: "manual", signal });
    await answer2.body?.cancel();
    return answer2.status < 500 ? "ok" : "unavailable";
  } catch {
    return "unavailable";
  }
}
function requireReading(method) {
  if (method === "GET" || method === "HEAD") return;
  throw new Refusal(405, "method_not_allowed", "Method not allowed", "Health is read with GET.", {
    allow: "GET, HEAD"
  });
}
function json(method, status, body) {
  return new Response(method === "HEAD" ? null : JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" }
  });
}

// node_modules/jose/dist/webapi/lib/buffer_utils.js
var encoder = new TextEncoder();
var decoder = new TextDecoder();
var strictDecoder = new TextDecoder("utf-8", { fatal: true });
var UINT32_RANGE = 2 ** 32;
function concat(...buffers) {
  const size = buffers.reduce((acc, { length }) => acc + length, 0), buf = new Uint8Array(size);
  let i = 0;
  for (const buffer of buffers)
    buf.set(buffer, i), i += buffer.length;
  return buf;
}
var NON_ASCII = /[^\x00-\x7f]/;
function encode(string) {
  if (typeof string == "string" && string.length >= 128) {
    if (NON_ASCII.test(string))
      throw new TypeError("non-ASCII string encountered in encode()");
    return encoder.encode(string);
  }
  const bytes = new Uint8Array(string.length);
  for (let i = 0; i < string.length; i++) {
    const code = string.charCodeAt(i);
    if (code > 127)
      throw new TypeError("non-ASCII string encountered in encode()");
    bytes[i] = code;
  }
  return bytes;
}
function decodeBase64(encoded, url = false) {
  if (Uint8Array.fromBase64)
    return Uint8Array.fromBase64(encoded, { alphabet: url ? "base64url" : "base64" });
  if (url) {
    if (encoded.includes("+") || encoded.includes("/"))
      throw new TypeError("Invalid base64url");
    encoded = encoded.replace(/-/g, "+").replace(/_/g, "/");
  }
  const binary = atob(encoded), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++)
    bytes[i] = binary.charCodeAt(i);
  return bytes;
}

// node_modules/jose/dist/webapi/util/errors.js
var errors_exports = {};
__export(errors_exports, {
  JOSEAlgNotAllowed: () => JOSEAlgNotAllowed,
  JOSEError: () => JOSEError,
  JOSENotSupported: () => JOSENotSupported,
  JWEDecryptionFailed: () => JWEDecryptionFailed,
  JWEInvalid: () => JWEInvalid,
  JWKInvalid: () => JWKInvalid,
  JWKSInvalid: () => JWKSInvalid,
  JWKSMultipleMatchingKeys: () => JWKSMultipleMatchingKeys,
  JWKSNoMatchingKey: () => JWKSNoMatchingKey,
  JWKSTimeout: () => JWKSTimeout,
  JWSInvalid: () => JWSInvalid,
  JWSSignatureVerificationFailed: () => JWSSignatureVerificationFailed,
  JWTClaimValidationFailed: () => JWTClaimValidationFailed,
  JWTExpired: () => JWTExpired,
  JWTInvalid: () => JWTInvalid
});
var JOSEError = class extends Error {
  static code = "ERR_JOSE_GENERIC";
  code = "ERR_JOSE_GENERIC";
  constructor(message2, options) {
    super(message2, options), this.name = this.constructor.name, Error.captureStackTrace?.(this, this.constructor);
  }
};
var JWTClaimValidationFailed = class extends JOSEError {
  static code = "ERR_JWT_CLAIM_VALIDATION_FAILED";
  code = "ERR_JWT_CLAIM_VALIDATION_FAILED";
  claim;
  reason;
  payload;
  constructor(message2, payload, claim = "unspecified", reason2 = "unspecified") {
    super(message2, { cause: { claim, reason: reason2, payload } }), this.claim = claim, this.reason = reason2, this.payload = payload;
  }
};
var JWTExpired = class extends JOSEError {
  static code = "ERR_JWT_EXPIRED";
  code = "ERR_JWT_EXPIRED";
  claim;
  reason;
  payload;
  constructor(message2, payload, claim = "unspecified", reason2 = "unspecified") {
    super(message2, { cause: { claim, reason: reason2, payload } }), this.claim = claim, this.reason = reason2, this.payload = payload;
  }
};
var JOSEAlgNotAllowed = class extends JOSEError {
  static code = "ERR_JOSE_ALG_NOT_ALLOWED";
  code = "ERR_JOSE_ALG_NOT_ALLOWED";
};
var JOSENotSupported = class extends JOSEError {
  static code = "ERR_JOSE_NOT_SUPPORTED";
  code = "ERR_JOSE_NOT_SUPPORTED";
};
var JWEDecryptionFailed = class extends JOSEError {
  static code = "ERR_JWE_DECRYPTION_FAILED";
  code = "ERR_JWE_DECRYPTION_FAILED";
  constructor(message2 = "decryption operation failed", options) {
    super(message2, options);
  }
};
var JWEInvalid = class extends JOSEError {
  static code = "ERR_JWE_INVALID";
  code = "ERR_JWE_INVALID";
};
var JWSInvalid = class extends JOSEError {
  static code = "ERR_JWS_INVALID";
  code = "ERR_JWS_INVALID";
};
var JWTInvalid = class extends JOSEError {
  static code = "ERR_JWT_INVALID";
  code = "ERR_JWT_INVALID";
};
var JWKInvalid = class extends JOSEError {
  static code = "ERR_JWK_INVALID";
  code = "ERR_JWK_INVALID";
};
var JWKSInvalid = class extends JOSEError {
  static code = "ERR_JWKS_INVALID";
  code = "ERR_JWKS_INVALID";
};
var JWKSNoMatchingKey = class extends JOSEError {
  static code = "ERR_JWKS_NO_MATCHING_KEY";
  code = "ERR_JWKS_NO_MATCHING_KEY";
  constructor(message2 = "no applicable key found in the JSON Web Key Set", options) {
    super(message2, options);
  }
};
var JWKSMultipleMatchingKeys = class extends JOSEError {
  [Symbol.asyncIterator] = async function* () {
  };
  static code = "ERR_JWKS_MULTIPLE_MATCHING_KEYS";
  code = "ERR_JWKS_MULTIPLE_MATCHING_KEYS";
  constructor(message2 = "multiple matching keys found in the JSON Web Key Set", options) {
    super(message2, options);
  }
};
var JWKSTimeout = class extends JOSEError {
  static code = "ERR_JWKS_TIMEOUT";
  code = "ERR_JWKS_TIMEOUT";
  constructor(message2 = "request timed out", options) {
    super(message2, options);
  }
};
var JWSSignatureVerificationFailed = class extends JOSEError {
  static code = "ERR_JWS_SIGNATURE_VERIFICATION_FAILED";
  code = "ERR_JWS_SIGNATURE_VERIFICATION_FAILED";
  constructor(message2 = "signature verification failed", options) {
    super(message2, options);
  }
};

// node_modules/jose/dist/webapi/util/base64url.js
var invalid = "The input to be decoded is not correctly encoded.";
function decode(input) {
  try {
    return decodeBase64(typeof input == "string" ? input : decoder.decode(input), true);
  } catch (cause) {
    throw new TypeError(invalid, { cause });
  }
}

// node_modules/jose/dist/webapi/lib/validate.js
function isObject2(input) {
  if (typeof input != "object" || input === null || Object.prototype.toString.call(input) !== "[object Object]")
    return false;
  const prototype = Object.getPrototypeOf(input);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
function isJwkSet(input) {
  return isObject2(input) && Array.isArray(input.keys) && Array.from(input.keys).every(isObject2);
}
function isDisjoint(...headers) {
  const parameters = /* @__PURE__ */ new Set();
  for (const header of headers)
    if (header)
      for (const parameter of Object.keys(header)) {
        if (parameters.has(parameter))
          return false;
        parameters.add(parameter);
      }
  return true;
}
function decodeBase64url(value, label, ErrorClass) {
  try {
    return decode(value);
  } catch (cause) {
    throw new ErrorClass(`Failed to base64url decode the ${label}`, { cause });
  }
}
function encodeAsciiMember(value, label, ErrorClass) {
  try {
    return encode(value);
  } catch (cause) {
    throw new ErrorClass(`The ${label} is not a valid base64url string`, { cause });
  }
}
function parseJoseHeader(encodedProtectedHeader, ErrorClass, message2) {
  let parsed2;
  try {
    parsed2 = JSON.parse(strictDecoder.decode(decode(encodedProtectedHeader)));
  } catch (cause) {
    throw new ErrorClass(message2, { cause });
  }
  if (!isObject2(parsed2))
    throw new ErrorClass(message2);
  return parsed2;
}
var JWS_RECOGNIZED = { __proto__: null, b64: true };
function validateAlgorithms(option, algorithms) {
  if (algorithms !== void 0 && (!Array.isArray(algorithms) || algorithms.some((s) => typeof s != "string")))
    throw new TypeError(`"${option}" option must be an array of strings`);
  return algorithms === void 0 ? void 0 : new Set(algorithms);
}
function validateCrit(Err, recognizedDefault, recognizedOption, protectedHeader, joseHeader) {
  if (joseHeader.crit !== void 0 && protectedHeader?.crit === void 0)
    throw new Err('"crit" (Critical) Header Parameter MUST be integrity protected');
  if (!protectedHeader || protectedHeader.crit === void 0)
    return [];
  if (!Array.isArray(protectedHeader.crit) || protectedHeader.crit.length === 0 || protectedHeader.crit.some((input) => typeof input != "string" || input.length === 0))
    throw new Err('"crit" (Critical) Header Parameter MUST be an array of non-empty strings when present');
  const recognized = recognizedOption === void 0 ? recognizedDefault : { __proto__: null, ...recognizedOption, ...recognizedDefault };
  for (const parameter of protectedHeader.crit) {
    if (!(parameter in recognized))
      throw new JOSENotSupported(`Extension Header Parameter "${parameter}" is not recognized`);
    if (!Object.hasOwn(joseHeader, parameter) || joseHeader[parameter] === void 0)
      throw new Err(`Extension Header Parameter "${parameter}" is missing`);
    if (recognized[parameter] && (!Object.hasOwn(protectedHeader, parameter) || protectedHeader[parameter] === void 0))
      throw new Err(`Extension Header Parameter "${parameter}" MUST be integrity protected`);
  }
  return protectedHeader.crit;
}
function validateB64(protectedHeader, extensions) {
  if (extensions.includes("b64")) {
    const b64 = protectedHeader.b64;
    if (typeof b64 != "boolean")
      throw new JWSInvalid('The "b64" (base64url-encode payload) Header Parameter must be a boolean');
    return b64;
  }
  return true;
}

// node_modules/jose/dist/webapi/lib/key.js
var tag = (key) => key[Symbol.toStringTag];
var jwkMatchesOp = (entry2, key, usage) => {
  const { alg } = entry2;
  if (key.use !== void 0) {
    const expected = usage === "sign" || usage === "verify" ? "sig" : "enc";
    if (key.use !== expected)
      throw new TypeError(`Invalid key for this operation, its "use" must be "${expected}" when present`);
  }
  if (key.kty === "AKP" && key.alg === void 0)
    throw new TypeError('missing "alg" (Algorithm) Parameter value');
  if (key.alg !== void 0 && key.alg !== alg)
    throw new TypeError(`Invalid key for this operation, its "alg" must be "${alg}" when present`);
  if (Array.isArray(key.key_ops)) {
    const expectedKeyOp = usage === "encrypt" || usage === "decrypt" ? entry2.ops?.[usage === "encrypt" ? 0 : 1] : usage;
    if (expectedKeyOp && !key.key_ops.includes(expectedKeyOp))
      throw new TypeError(`Invalid key for this operation, its "key_ops" must include "${expectedKeyOp}" when present`);
  }
};
async function prepareKey(entry2, key, usage) {
  const { alg, secret } = entry2, requiresPrivateKey = usage === "decrypt" || usage === "sign";
  if (secret && key instanceof Uint8Array)
    return key;
  let normalized, keyObject;
  if (isObject2(key)) {
    if (normalized = normalizeJwk(key), typeof normalized.kty != "string")
      throw invalidKeyType(alg, key, secret);
    if (!(secret ? normalized.kty === "oct" && typeof normalized.k == "string" : normalized.kty !== "oct" && (requiresPrivateKey ? normalized.kty === "AKP" && typeof normalized.priv == "string" || typeof normalized.d == "string" : normalized.d === void 0 && normalized.priv === void 0)))
      throw new TypeError(secret ? 'JSON Web Key for symmetric algorithms must have JWK "kty" (Key Type) equal to "oct" and the JWK "k" (Key Value) present' : `JSON Web Key for this operation must be a ${requiresPrivateKey ? "private" : "public"} JWK`);
    if (jwkMatchesOp(entry2, normalized, usage), normalized.kty === "oct")
      return decode(normalized.k);
    if (!Object.isFrozen(key)) {
      const { key_ops } = key;
      Array.isArray(key_ops) && Object.freeze(key_ops), Object.freeze(key);
    }
  } else {
    if (!isKeyLike(key))
      throw invalidKeyType(alg, key, secret);
    const expectedType = secret ? "secret" : requiresPrivateKey ? "private" : "public";
    if (key.type !== expectedType && (secret || ["secret", "public", "private"].includes(key.type)))
      throw new TypeError(`${tag(key)} instances must be of type "${expectedType}" for the ${alg} algorithm`);
    if (isCryptoKey(key))
      return key;
    if (keyObject = key, keyObject.type === "secret")
      return keyObject.export();
  }
  cache ||= /* @__PURE__ */ new WeakMap();
  const cacheKey = key;
  let cached = cache.get(cacheKey);
  if (cached?.[alg])
    return cached[alg];
  if (cached || cache.set(cacheKey, cached = {}), keyObject && typeof keyObject.toCryptoKey == "function") {
    const isPublic = keyObject.type === "public", crv = nist[keyObject.asymmetricKeyDetails?.namedCurve], params = entry2.resolve?.({ crv, asymmetricKeyType: keyObject.asymmetricKeyType }) ?? entry2.subtle;
    return cached[alg] = keyObject.toCryptoKey(params, isPublic, entry2.usages[isPublic ? 0 : 1]);
  }
  return normalized ??= keyObject.export({ format: "jwk" }), normalized.alg = alg, cached[alg] = await jwkToKey(entry2, normalized);
}
var cache;
var nist = {
  __proto__: null,
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521"
};
var isCryptoKey = (key) => {
  if (key?.[Symbol.toStringTag] === "CryptoKey")
    return true;
  try {
    return key instanceof CryptoKey;
  } catch {
    return false;
  }
};
var isKeyObject = (key) => key?.[Symbol.toStringTag] === "KeyObject";
var isKeyLike = (key) => isCryptoKey(key) || isKeyObject(key);
function message(msg, actual, ...types) {
  if (types.length > 2) {
    const last2 = types.pop();
    msg += `one of type ${types.join(", ")}, or ${last2}.`;
  } else types.length === 2 ? msg += `one of type ${types[0]} or ${types[1]}.` : msg += `of type ${types[0]}.`;
  return actual == null ? msg += ` Received ${actual}` : typeof actual == "function" && actual.name ? msg += ` Received function ${actual.name}` : typeof actual == "object" && actual != null && actual.constructor?.name && (msg += ` Received an instance of ${actual.constructor.name}`), msg;
}
function invalidKeyType(alg, actual, secret) {
  const types = ["CryptoKey", "KeyObject", "JSON Web Key"];
  return secret && types.push("Uint8Array"), new TypeError(message(`Key for the ${alg} algorithm must be `, actual, ...types));
}
var unusable = (name, prop = "algorithm.name") => new TypeError(`CryptoKey does not support this operation, its ${prop} must be ${name}`);
function checkUsage(key, usage) {
  if (usage && !key.usages.includes(usage))
    throw new TypeError(`CryptoKey does not support this operation, its usages must include ${usage}.`);
}
function checkModulusLength(alg, key) {
  const { modulusLength } = key.algorithm;
  if (typeof modulusLength != "number" || modulusLength < 2048)
    throw new TypeError(`${alg} requires key modulusLength to be 2048 bits or larger`);
}
function checkCryptoKey(key, expected, usage) {
  const algorithm = key.algorithm;
  if (algorithm.name !== expected.name)
    throw unusable(expected.name);
  if (expected.hash && algorithm.hash?.name !== expected.hash)
    throw unusable(expected.hash, "algorithm.hash");
  if (expected.namedCurve && algorithm.namedCurve !== expected.namedCurve)
    throw unusable(expected.namedCurve, "algorithm.namedCurve");
  if (expected.length !== void 0 && algorithm.length !== expected.length)
    throw unusable(expected.length, "algorithm.length");
  checkUsage(key, usage);
}
function snapshotJwk(jwk) {
  return { __proto__: null, ...jwk };
}
function normalizeJwk(jwk) {
  const normalized = snapshotJwk(jwk);
  if (normalized.ext !== void 0 && typeof normalized.ext != "boolean")
    throw new TypeError('"ext" (Extractable) Parameter must be a boolean');
  if (normalized.key_ops !== void 0) {
    const value = normalized.key_ops, keyOps = Array.isArray(value) ? [...value] : void 0;
    if (!keyOps || keyOps.some((operation) => typeof operation != "string") || new Set(keyOps).size !== keyOps.length)
      throw new TypeError('"key_ops" (Key Operations) Parameter must be an array of unique strings');
    normalized.key_ops = keyOps;
  }
  return normalized;
}
async function jwkToKey(entry2, jwk, extractable) {
  if (!entry2.kty.includes(jwk.kty))
    throw new JOSENotSupported('Invalid or unsupported JWK "alg" (Algorithm) Parameter value');
  const algorithm = entry2.resolve?.({ kty: jwk.kty, crv: jwk.crv }) ?? entry2.subtle, isPrivate = !!(jwk.d || jwk.priv), keyData = { ...jwk, ext: extractable ?? jwk.ext };
  return keyData.kty !== "AKP" && delete keyData.alg, delete keyData.use, crypto.subtle.importKey("jwk", keyData, algorithm, keyData.ext ?? !isPrivate, jwk.key_ops ?? entry2.usages[isPrivate ? 1 : 0]);
}
async function rawKey(key, expected, usage, extractable = false) {
  return key instanceof Uint8Array && (key = await crypto.subtle.importKey("raw", key, expected, extractable, [usage])), checkCryptoKey(key, expected, usage), key;
}

// node_modules/jose/dist/webapi/lib/key_descriptor.js
function table(entries) {
  const out = { __proto__: null };
  for (const alg in entries)
    out[alg] = { ...entries[alg], alg };
  return out;
}

// node_modules/jose/dist/webapi/lib/jws_algorithms.js
var sig = [["verify"], ["sign"]];
function hmac(bits) {
  const subtle = { name: "HMAC", hash: `SHA-${bits}` };
  return { kty: ["oct"], secret: true, subtle, signing: subtle, usages: sig };
}
function rsa(bits, saltLength) {
  const subtle = { name: saltLength ? "RSA-PSS" : "RSASSA-PKCS1-v1_5", hash: `SHA-${bits}` };
  return {
    kty: ["RSA"],
    subtle,
    signing: saltLength ? { ...subtle, saltLength } : subtle,
    usages: sig,
    minRsaBits: 2048
  };
}
function ecdsa(crv, bits) {
  return {
    kty: ["EC"],
    crv,
    subtle: { name: "ECDSA", namedCurve: crv },
    signing: { name: "ECDSA", hash: `SHA-${bits}` },
    usages: sig
  };
}
function eddsa() {
  const subtle = { name: "Ed25519" };
  return {
    kty: ["OKP"],
    crv: "Ed25519",
    subtle,
    signing: subtle,
    usages: sig
  };
}
function mldsa(parameterSet) {
  const subtle = { name: `ML-DSA-${parameterSet}` };
  return {
    kty: ["AKP"],
    subtle,
    signing: subtle,
    usages: sig
  };
}
var JWS = table({
  HS256: hmac(256),
  HS384: hmac(384),
  HS512: hmac(512),
  RS256: rsa(256),
  RS384: rsa(384),
  RS512: rsa(512),
  PS256: rsa(256, 32),
  PS384: rsa(384, 48),
  PS512: rsa(512, 64),
  ES256: ecdsa("P-256", 256),
  ES384: ecdsa("P-384", 384),
  ES512: ecdsa("P-521", 512),
  EdDSA: eddsa(),
  Ed25519: eddsa(),
  "ML-DSA-44": mldsa(44),
  "ML-DSA-65": mldsa(65),
  "ML-DSA-87": mldsa(87)
});
function jwsAlgorithm(alg) {
  const entry2 = typeof alg == "string" ? JWS[alg] : void 0;
  if (!entry2)
    throw new JOSENotSupported(`alg ${alg} is not supported either by JOSE or your javascript runtime`);
  return entry2;
}

// node_modules/jose/dist/webapi/lib/jws_verify.js
function prepareVerify(options) {
  return [options && validateAlgorithms("algorithms", options.algorithms), options?.crit];
}
function parseProtectedHeader(encodedProtectedHeader) {
  return encodedProtectedHeader === void 0 ? {} : parseJoseHeader(encodedProtectedHeader, JWSInvalid, "JWS Protected Header is invalid");
}
function encodeCompactUnencodedPayload(payload) {
  try {
    return encode(payload);
  } catch (cause) {
    throw new JWSInvalid("JWS Compact Serialization payload must use only ASCII characters", {
      cause
    });
  }
}
async function verifySignature(jws, shared, key, encodeUnencodedPayload, parsedProtected) {
  const { protected: encodedProtectedHeader, header, payload: inputPayload } = jws, protectedHeader = parsedProtected ?? parseProtectedHeader(encodedProtectedHeader);
  if (!isDisjoint(protectedHeader, header))
    throw new JWSInvalid("JWS Protected and JWS Unprotected Header Parameter names must be disjoint");
  const joseHeader = { ...protectedHeader, ...header }, b64 = validateB64(protectedHeader, validateCrit(JWSInvalid, JWS_RECOGNIZED, shared[1], protectedHeader, joseHeader)), { alg } = joseHeader;
  if (typeof alg != "string" || !alg)
    throw new JWSInvalid('JWS "alg" (Algorithm) Header Parameter missing or invalid');
  if (shared[0] && !shared[0].has(alg))
    throw new JOSEAlgNotAllowed('"alg" (Algorithm) Header Parameter value not allowed');
  if (b64) {
    if (typeof inputPayload != "string")
      throw new JWSInvalid("JWS Payload must be a string");
  } else if (typeof inputPayload != "string" && !(inputPayload instanceof Uint8Array))
    throw new JWSInvalid("JWS Payload must be a string or an Uint8Array instance");
  const signingPayload = b64 || typeof inputPayload != "string" ? inputPayload : encodeUnencodedPayload(inputPayload);
  let resolvedKey = false;
  typeof key == "function" && (key = await key(protectedHeader, jws), resolvedKey = true);
  const entry2 = jwsAlgorithm(alg), signingInput = concat(encodedProtectedHeader !== void 0 ? encode(encodedProtectedHeader) : new Uint8Array(), encode("."), typeof signingPayload == "string" ? shared[2] ??= encodeAsciiMember(signingPayload, "payload", JWSInvalid) : signingPayload), signature = decodeBase64url(jws.signature, "signature", JWSInvalid), verificationKey = await prepareKey(entry2, key, "verify"), cryptoKey = await rawKey(verificationKey, entry2.subtle, "verify");
  entry2.minRsaBits && checkModulusLength(entry2.alg, cryptoKey);
  let verified2 = false;
  try {
    verified2 = await crypto.subtle.verify(entry2.signing, cryptoKey, signature, signingInput);
  } catch (cause) {
    throw new JWSSignatureVerificationFailed(void 0, { cause });
  }
  if (!verified2)
    throw new JWSSignatureVerificationFailed();
  const result = { payload: typeof signingPayload == "string" ? decodeBase64url(signingPayload, "payload", JWSInvalid) : signingPayload };
  return encodedProtectedHeader !== void 0 && (result.protectedHeader = protectedHeader), header !== void 0 && (result.unprotectedHeader = header), resolvedKey ? [{ ...result, key: verificationKey }, b64] : [result, b64];
}
async function verifyCompact(jws, shared, key) {
  if (jws instanceof Uint8Array && (jws = decoder.decode(jws)), typeof jws != "string")
    throw new JWSInvalid("Compact JWS must be a string or Uint8Array");
  const { 0: protectedHeader, 1: payload, 2: signature, length } = jws.split(".");
  if (length !== 3)
    throw new JWSInvalid("Invalid Compact JWS");
  return verifySignature({ payload, protected: protectedHeader, signature }, shared, key, encodeCompactUnencodedPayload);
}

// node_modules/jose/dist/webapi/lib/jwt_claims_set.js
var epoch = (date) => Math.floor(date.getTime() / 1e3);
var multipliers = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86400,
  w: 604800,
  y: 31557600
};
var REGEX = /^(\+|\-)? ?(\d+|\d+\.\d+) ?(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|years?|yrs?|y)(?: (ago|from now))?$/i;
var checkFailed = "check_failed";
function invalidDuration() {
  throw new TypeError("Invalid time period format");
}
function secs(str) {
  typeof str != "string" && invalidDuration();
  const matched = REGEX.exec(str);
  (!matched || matched[4] && matched[1]) && invalidDuration();
  const value = parseFloat(matched[2]), durationSeconds = Math.round(value * multipliers[matched[3][0].toLowerCase()]);
  return Number.isFinite(durationSeconds) || invalidDuration(), matched[1] === "-" || matched[4]?.toLowerCase() === "ago" ? -durationSeconds : durationSeconds;
}
function validateInput(label, input) {
  if (!Number.isFinite(input))
    throw new TypeError(`Invalid ${label} input`);
  return input;
}
var normalizeTyp = (value) => {
  const normalized = value.toLowerCase();
  return value.includes("/") ? normalized : `application/${normalized}`;
};
var checkAudiencePresence = (audPayload, audOption) => typeof audPayload == "string" ? audOption.includes(audPayload) : Array.isArray(audPayload) ? audOption.some((aud) => audPayload.includes(aud)) : false;
function validateNumericDate(claimsSet, claim, required = false) {
  const value = claimsSet[claim];
  if (!(value === void 0 && !required)) {
    if (typeof value != "number")
      throw new JWTClaimValidationFailed(`"${claim}" claim must be a number`, claimsSet, claim, "invalid");
    return value;
  }
}
function unexpectedClaim(claimsSet, claim) {
  throw new JWTClaimValidationFailed(`unexpected "${claim}" claim value`, claimsSet, claim, checkFailed);
}
function validateClaimsSet(protectedHeader, claimsSetBytes, options = {}) {
  let claimsSet;
  try {
    claimsSet = JSON.parse(strictDecoder.decode(claimsSetBytes));
  } catch (cause) {
    throw new JWTInvalid("JWT Claims Set must be a top-level JSON object", { cause });
  }
  if (!isObject2(claimsSet))
    throw new JWTInvalid("JWT Claims Set must be a top-level JSON object");
  const { typ } = options;
  if (typ !== void 0 && (typeof protectedHeader.typ != "string" || normalizeTyp(protectedHeader.typ) !== normalizeTyp(typ)))
    throw new JWTClaimValidationFailed('unexpected "typ" JWT header value', claimsSet, "typ", checkFailed);
  const { requiredClaims = [], issuer, subject, audience, maxTokenAge } = options, presenceCheck = [...requiredClaims];
  maxTokenAge !== void 0 && presenceCheck.push("iat"), audience !== void 0 && presenceCheck.push("aud"), subject !== void 0 && presenceCheck.push("sub"), issuer !== void 0 && presenceCheck.push("iss");
  for (const claim of new Set(presenceCheck.reverse()))
    if (!Object.hasOwn(claimsSet, claim))
      throw new JWTClaimValidationFailed(`missing required "${claim}" claim`, claimsSet, claim, "missing");
  issuer !== void 0 && !(Array.isArray(issuer) ? issuer : [issuer]).includes(claimsSet.iss) && unexpectedClaim(claimsSet, "iss"), subject !== void 0 && claimsSet.sub !== subject && unexpectedClaim(claimsSet, "sub"), audience !== void 0 && !checkAudiencePresence(claimsSet.aud, typeof audience == "string" ? [audience] : audience) && unexpectedClaim(claimsSet, "aud");
  const { clockTolerance } = options;
  let tolerance = 0;
  if (typeof clockTolerance == "string")
    tolerance = secs(clockTolerance);
  else if (clockTolerance !== void 0) {
    if (typeof clockTolerance != "number")
      throw new TypeError("Invalid clockTolerance option type");
    tolerance = clockTolerance;
  }
  if (validateInput("clockTolerance option", tolerance), tolerance < 0)
    throw new TypeError("Invalid clockTolerance option input");
  const { currentDate } = options, now = validateInput("currentDate option", epoch(currentDate === void 0 ? /* @__PURE__ */ new Date() : currentDate)), iat = validateNumericDate(claimsSet, "iat", maxTokenAge !== void 0), nbf = validateNumericDate(claimsSet, "nbf");
  if (nbf !== void 0 && nbf > now + tolerance)
    throw new JWTClaimValidationFailed('"nbf" claim timestamp check failed', claimsSet, "nbf", checkFailed);
  const exp = validateNumericDate(claimsSet, "exp");
  if (exp !== void 0 && exp <= now - tolerance)
    throw new JWTExpired('"exp" claim timestamp check failed', claimsSet, "exp", checkFailed);
  if (maxTokenAge !== void 0) {
    const age = now - iat, max = validateInput("maxTokenAge option", typeof maxTokenAge == "number" ? maxTokenAge : secs(maxTokenAge));
    if (max < 0)
      throw new TypeError("Invalid maxTokenAge option input");
    if (age - tolerance > max)
      throw new JWTExpired('"iat" claim timestamp check failed (too far in the past)', claimsSet, "iat", checkFailed);
    if (age < -tolerance)
      throw new JWTClaimValidationFailed('"iat" claim timestamp check failed (it should be in the past)', claimsSet, "iat", checkFailed);
  }
  return claimsSet;
}

// node_modules/jose/dist/webapi/jwt/verify.js
async function jwtVerify(jwt, key, options) {
  const [verified2, b64] = await verifyCompact(jwt, prepareVerify(options), key);
  if (!b64)
    throw new JWTInvalid("JWTs MUST NOT use unencoded payload");
  const payload = validateClaimsSet(verified2.protectedHeader, verified2.payload, options);
  return { ...verified2, payload };
}

// node_modules/jose/dist/webapi/jwks/local.js
function isUsableJWK(jwk, entry2, alg, kid) {
  const { kty, key_ops: keyOps, ext, kid: jwkKid, alg: jwkAlg, use, crv } = jwk;
  return (ext === void 0 || typeof ext == "boolean") && (keyOps === void 0 || Array.isArray(keyOps) && keyOps.every((operation, index) => typeof operation == "string" && keyOps.indexOf(operation) === index) && keyOps.includes("verify")) && entry2.kty.includes(kty) && (kid === void 0 || typeof kid == "string" && kid === jwkKid) && (jwkAlg === void 0 ? kty !== "AKP" : alg === jwkAlg) && (use === void 0 || use === "sig") && (!entry2.crv || crv === entry2.crv);
}
async function importWithAlgCache(cache2, jwk, entry2) {
  const cached = cache2.get(jwk) || cache2.set(jwk, {}).get(jwk), { alg } = entry2;
  if (cached[alg] === void 0) {
    const pending = jwkToKey(entry2, jwk, true).then((key) => {
      if (key.type !== "public")
        throw new JWKSInvalid("JSON Web Key Set members must be public keys");
      return cached[alg] = key, key;
    }).catch((error) => {
      throw cached[alg] === pending && delete cached[alg], error;
    });
    cached[alg] = pending;
  }
  return cached[alg];
}
function createLocalJWKSet(jwks) {
  let snapshot;
  try {
    snapshot = structuredClone(jwks);
  } catch (cause) {
    throw new JWKSInvalid("JSON Web Key Set malformed", { cause });
  }
  if (!isJwkSet(snapshot))
    throw new JWKSInvalid("JSON Web Key Set malformed");
  const metadata = snapshot.keys.map((jwk) => {
    const normalized = snapshotJwk(jwk);
    return Array.isArray(normalized.key_ops) && (normalized.key_ops = [...normalized.key_ops]), normalized;
  }), cached = /* @__PURE__ */ new WeakMap();
  return Object.defineProperty(async (protectedHeader, token) => {
    const { alg, kid } = { ...protectedHeader, ...token?.header }, entry2 = typeof alg == "string" ? JWS[alg] : void 0;
    if (!entry2 || entry2.secret)
      throw new JOSENotSupported('Unsupported "alg" value for a JSON Web Key Set');
    const candidates = snapshot.keys.filter((_, index) => isUsableJWK(metadata[index], entry2, alg, kid)), { 0: jwk, length } = candidates;
    if (!length)
      throw new JWKSNoMatchingKey();
    if (length !== 1) {
      const error = new JWKSMultipleMatchingKeys();
      throw error[Symbol.asyncIterator] = async function* () {
        for (const jwk2 of candidates)
          try {
            yield await importWithAlgCache(cached, jwk2, entry2);
          } catch {
          }
      }, error;
    }
    return importWithAlgCache(cached, jwk, entry2);
  }, "jwks", {
    value: () => structuredClone(snapshot)
  });
}

// node_modules/jose/dist/webapi/util/decode_protected_header.js
function decodeProtectedHeader(token) {
  let encodedProtectedHeader;
  if (typeof token == "string") {
    const parts = token.split(".");
    (parts.length === 3 || parts.length === 5) && ([encodedProtectedHeader] = parts);
  } else if (typeof token == "object" && token)
    if ("protected" in token)
      encodedProtectedHeader = token.protected;
    else
      throw new TypeError("Token does not contain a Protected Header");
  const invalid2 = "Invalid Token or Protected Header formatting";
  if (typeof encodedProtectedHeader != "string" || !encodedProtectedHeader)
    throw new TypeError(invalid2);
  return parseJoseHeader(encodedProtectedHeader, TypeError, invalid2);
}

// gateway/src/key_set.ts
var COOLDOWN_MILLISECONDS = 3e4;
var PAUSE_MILLISECONDS = 5e3;
var LOOK_MILLISECONDS = 20;
var LARGEST_BYTES = 64 * 1024;
var KeySet = class {
  #url;
  #settings;
  #copy = null;
  #failed = Number.NEGATIVE_INFINITY;
  #fetching = Number.NEGATIVE_INFINITY;
  constructor({ authUrl, keys }) {
    this.#url = `${authUrl}/.well-known/jwks.json`;
    this.#settings = keys;
  }
  /**
   * Keys among which the one named `id` is, if there is such a key at all. Waits for `timeout` at most.
   * Throws a Refusal (503) if only a fetch could tell, and none succeeds.
   */
  async holding(id, keep) {
    const { maximumAge, stale } = this.#settings;
    const copy = this.#copy;
    const age = copy ? Date.now() - copy.at : Number.POSITIVE_INFINITY;
    const known = copy?.ids.has(id) ?? false;
    if (copy && age < maximumAge && (known || age < Math.min(COOLDOWN_MILLISECONDS, maximumAge / 2)))
      return copy.resolve;
    const usable2 = copy && known && age < maximumAge + stale ? copy : null;
    if (usable2 && this.#isBeingFetched()) return usable2.resolve;
    const fresh = await this.refresh(keep);
    if (fresh) return fresh.resolve;
    if (usable2) return usable2.resolve;
    throw new Refusal(503, "keys_unavailable", "Service unavailable", "Tokens cannot be verified at the moment.", {
      "retry-after": String(PAUSE_MILLISECONDS / 1e3)
    });
  }
  /** Fetches the keys, unless that has just failed, or another request does. Null if there are no newer ones then. */
  async refresh(keep) {
    if (this.#isBeingFetched()) return await this.#fetchedByAnother();
    if (Date.now() - this.#failed < PAUSE_MILLISECONDS) return null;
    const fetching = this.#renew();
    keep(fetching);
    return await fetching;
  }
  async #renew() {
    this.#fetching = Date.now();
    try {
      this.#copy = await this.#fetch();
      this.#failed = Number.NEGATIVE_INFINITY;
      return this.#copy;
    } catch (error) {
      this.#failed = Date.now();
      console.error(JSON.stringify({ event: "keys_unavailable", error: String(error) }));
      return null;
    } finally {
      this.#fetching = Number.NEGATIVE_INFINITY;
    }
  }
  async #fetchedByAnother() {
    const before = this.#copy;
    while (this.#isBeingFetched()) await scheduler.wait(LOOK_MILLISECONDS);
    return this.#copy === before ? null : this.#copy;
  }
  #isBeingFetched() {
    return Date.now() - this.#fetching < this.#settings.timeout;
  }
  async #fetch() {
    const signal = AbortSignal.timeout(this.#settings.timeout);
    const headers = { accept: "application/json" };
    const response = await fetch(this.#url, { headers, redirect: "manual", signal });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`the key set's address answers ${response.status}`);
    }
    const text = await bounded(response);
    const keys = usable(JSON.parse(text));
    if (!keys.length) throw new Error("the key set holds no key for EdDSA");
    const ids = new Set(keys.map(({ kid }) => kid));
    return { resolve: createLocalJWKSet({ keys }), ids, at: Date.now() };
  }
};
async function bounded(response) {
  const decoder2 = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder2.decode(chunk, { stream: true });
    if (text.length > LARGEST_BYTES) throw new Error(`the key set is larger than ${LARGEST_BYTES} bytes`);
  }
  return text;
}
function usable(set) {
  if (!Array.isArray(set?.keys)) throw new Error("what was fetched is not a key set");
  return set.keys.filter(
    (key) => key?.kty === "OKP" && key.crv === "Ed25519" && typeof key.kid === "string" && key.d === void 0 && (key.use === void 0 || key.use === "sig") && (key.alg === void 0 || key.alg === "EdDSA")
  );
}

// gateway/src/token.ts
var verified = /* @__PURE__ */ new Map();
var MOST_VERIFIED = 500;
var ALGORITHMS = ["EdDSA"];
var SKEW_SECONDS = 5;
var LONGEST_TOKEN = 8192;
var LONGEST_ID = 255;
var BEARER = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;
var FORBIDDEN = ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip", "enc"];
async function verify(headers, expected) {
  const refuse = (code, description) => unauthorized(expected.service, code, description);
  const value = headers.get("authorization");
  if (value === null) throw unauthorized(expected.service);
  if (value.length > LONGEST_TOKEN) throw refuse("token_too_long", "The token is too long");
  const token = BEARER.exec(value)?.[1];
  if (token === void 0) throw refuse("token_malformed", "The header does not hold one bearer token");
  const earlier = verified.get(token);
  if (earlier && Date.now() < earlier.until && await expected.keys.holding(earlier.id, expected.keep) === earlier.keys) {
    return earlier.caller;
  }
  verified.delete(token);
  const id = keyId(token);
  if (id === null) throw refuse("token_header", "The header of the token is not acceptable");
  const keys = await expected.keys.holding(id, expected.keep);
  let payload;
  try {
    ({ payload } = await jwtVerify(token, keys, {
      algorithms: ALGORITHMS,
      issuer: expected.issuer,
      audience: expected.issuer,
      clockTolerance: SKEW_SECONDS,
      requiredClaims: ["sub", "exp"]
    }));
  } catch (error) {
    if (!(error instanceof errors_exports.JOSEError)) throw error;
    throw refuse(...reason(error));
  }
  const found = caller(payload, expected, refuse);
  remember(token, { id, keys, caller: found, until: (payload.exp + SKEW_SECONDS) * 1e3 });
  return found;
}
function remember(token, entry2) {
  if (verified.size >= MOST_VERIFIED) verified.delete(verified.keys().next().value);
  verified.set(token, entry2);
}
function caller(payload, expected, refuse) {
  if (payload.aud !== expected.issuer) throw refuse("token_claims", "The token is meant for others too");
  if (!isId(payload.sub)) throw refuse("token_claims", "The token names no user");
  if (payload.banned !== void 0 && payload.banned !== null && payload.banned !== false) {
    throw new Refusal(403, "banned", "Forbidden", "This account is banned.");
  }
  const active = payload.o;
  return { user: payload.sub, organization: isId(active?.id) ? active.id : null };
}
function keyId(token) {
  let header;
  try {
    header = decodeProtectedHeader(token);
  } catch {
    return null;
  }
  const { alg, kid, typ } = header;
  if (typeof alg !== "string" || !ALGORITHMS.includes(alg)) return null;
  if (FORBIDDEN.some((name) => Object.hasOwn(header, name))) return null;
  if (typ !== void 0 && String(typ).toUpperCase() !== "JWT") return null;
  return isId(kid) ? kid : null;
}
function isId(value) {
  return typeof value === "string" && value.length <= LONGEST_ID && /^[!-~]+$/.test(value);
}
function reason(error) {
  if (error instanceof errors_exports.JWTExpired) return ["token_expired", "The token has expired"];
  if (error instanceof errors_exports.JWTClaimValidationFailed) {
    if (error.claim === "nbf") return ["token_not_yet_valid", "The token is not valid yet"];
    return ["token_claims", "A claim of the token is not acceptable"];
  }
  return ["token_signature", "The token is not signed by a known key"];
}
function unauthorized(realm, code = "token_missing", description = "") {
  const error = description ? `, error="invalid_token", error_description="${description}"` : "";
  return new Refusal(401, code, "Unauthorized", `${description || "A bearer token is needed"}.`, {
    "www-authenticate": `Bearer realm="${realm}"${error}`
  });
}

// gateway/src/body.ts
function sending(request, most) {
  if (request.body === null) return null;
  const length = request.headers.get("content-length");
  const { readable, writable } = length === null ? counting(most) : new FixedLengthStream(Number(length));
  const sent = request.body.pipeTo(writable);
  sent.catch(() => {
  });
  return { stream: readable, sent };
}
function counting(most) {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > most) throw tooLarge(most);
      controller.enqueue(chunk);
    }
  });
}

// gateway/src/upstream.ts
async function passOn(request, headers, url, upstream, { bodyTimeout, maximumBodyBytes }) {
  const address = upstream.url + url.pathname + url.search;
  if (isWebSocket(request)) return await upgraded(address, headers, upstream);
  const waiting = new Wait();
  const body = sending(request, maximumBodyBytes);
  if (body === null) waiting.until(upstream.timeout, () => upstreamTimeout(upstream));
  else {
    waiting.until(bodyTimeout, () => bodyTooSlow(bodyTimeout));
    body.sent.then(
      () => waiting.until(upstream.timeout, () => upstreamTimeout(upstream)),
      (error) => waiting.stop(error instanceof Refusal ? error : bodyBroken())
    );
  }
  try {
    const answer2 = await fetch(address, {
      method: request.method,
      headers,
      body: body?.stream ?? null,
      // The client follows redirects, not the gateway: identity and secret could otherwise reach another host.
      redirect: "manual",
      signal: waiting.signal
    });
    return new Response(answer2.body, {
      status: answer2.status,
      statusText: answer2.statusText,
      headers: responseHeaders(answer2.headers)
    });
  } catch (error) {
    throw waiting.reason ?? unreachable(error);
  } finally {
    waiting.end();
  }
}
function isWebSocket({ method, headers }) {
  const upgrade = headers.get("upgrade");
  if (upgrade === null || upgrade.toLowerCase() !== "websocket") return false;
  if (method === "GET" && headers.get("sec-websocket-version") === "13" && headers.has("sec-websocket-key"))
    return true;
  throw new Refusal(400, "invalid_upgrade", "Invalid upgrade", "This is not a WebSocket handshake of version 13.", {
    "sec-websocket-version": "13"
  });
}
async function upgraded(address, headers, upstream) {
  headers.set("upgrade", "websocket");
  const waiting = new Wait();
  waiting.until(upstream.timeout, () => upstreamTimeout(upstream));
  try {
    const answer2 = await fetch(address, { headers, redirect: "manual", signal: waiting.signal });
    const { status, statusText, webSocket } = answer2;
    const cleaned = responseHeaders(answer2.headers);
    if (webSocket) return new Response(null, { status, webSocket, headers: cleaned });
    return new Response(answer2.body, { status, statusText, headers: cleaned });
  } catch (error) {
    throw waiting.reason ?? unreachable(error);
  } finally {
    waiting.end();
  }
}
var Wait = class {
  #controller = new AbortController();
  #timer = null;
  #over = false;
  /** Why the wait was given up; null while it was not. */
  reason = null;
  get signal() {
    return this.#controller.signal;
  }
  until(milliseconds, reason2) {
    clearTimeout(this.#timer);
    if (!this.#over) this.#timer = setTimeout(() => this.stop(reason2()), milliseconds);
  }
  stop(reason2) {
    if (this.#over) return;
    this.reason = reason2;
    this.#controller.abort();
  }
  end() {
    this.#over = true;
    clearTimeout(this.#timer);
  }
};
function upstreamTimeout({ timeout }) {
  const detail = `The upstream did not answer within ${timeout / 1e3} s.`;
  return new Refusal(504, "upstream_timeout", "Upstream timeout", detail);
}
function bodyTooSlow(milliseconds) {
  const detail = `The body did not arrive within ${milliseconds / 1e3} s.`;
  return new Refusal(408, "body_timeout", "Request timeout", detail);
}
function bodyBroken() {
  return new Refusal(400, "body_incomplete", "Incomplete body", "The body ended before all of it was sent.");
}
function unreachable(error) {
  console.error(JSON.stringify({ event: "upstream_unreachable", error: String(error) }));
  return new Refusal(502, "upstream_unreachable", "Upstream unreachable", "The upstream could not be reached.");
}

// gateway/src/index.ts
var HEALTH = "/health";
var gateways = /* @__PURE__ */ new WeakMap();
var index_default = {
  async fetch(request, env, context) {
    const keep = (work) => context.waitUntil(work);
    const record = new CallRecord();
    const url = new URL(request.url);
    const gateway = gatewayOf(env);
    const response = await answer(request, url, gateway, env, record, keep).catch((error) => {
      const refusal = error instanceof Refusal ? error : failure(error);
      record.code = refusal.code;
      return answerTo(refusal, request.method, record.id);
    });
    finish(response.headers, request, gateway, record);
    const { service, version } = Array.isArray(gateway) ? { service: "", version: "" } : gateway.config;
    record.write(service, version, request.method, url.pathname, response.status);
    return response;
  }
};
async function answer(request, url, gateway, env, record, keep) {
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
    const headers2 = { "retry-after": "3600" };
    throw new Refusal(503, "no_upstream", "No upstream", "This API has no upstream yet.", headers2);
  }
  isWebSocket(request);
  const caller2 = await verify(request.headers, { keys, keep, issuer: config.issuer, service: config.service });
  record.caller = caller2;
  const admission = await admit(request, url.pathname, caller2, config.limit);
  record.admission = admission;
  const passage = { id: record.id, caller: caller2, url, secret: upstream.secret, via };
  const headers = requestHeaders(request, passage);
  try {
    const response = await passOn(request, headers, url, upstream, config);
    for (const [name, value] of Object.entries(admission.headers)) response.headers.set(name, value);
    return response;
  } catch (error) {
    throw limited(error, admission.headers);
  }
}
function limited(error, headers) {
  const { status, code, title, message: message2, members, ...rest } = error instanceof Refusal ? error : failure(error);
  return new Refusal(status, code, title, message2, { ...rest.headers, ...headers }, members);
}
function finish(headers, request, gateway, record) {
  secure(headers, record.id);
  if (Array.isArray(gateway)) return;
  share(headers, request.headers.get("origin"), gateway.config.corsOrigins);
  if (gateway.config.limit === null) headers.set("x-ratelimit-status", "off");
}
function gatewayOf(env) {
  let found = gateways.get(env);
  if (found === void 0) {
    const config = configuration(env);
    found = Array.isArray(config) ? config : { config, keys: new KeySet(config) };
    gateways.set(env, found);
    warn(found);
  }
  return found;
}
function warn(gateway) {
  if (Array.isArray(gateway)) console.error(JSON.stringify({ event: "misconfigured", problems: gateway }));
  else if (gateway.config.limit === null)
    console.warn(JSON.stringify({ event: "protection_off", protection: "rate_limit" }));
}
function failure(error) {
  console.error(JSON.stringify({ event: "failure", error: error instanceof Error ? error.stack : String(error) }));
  return new Refusal(500, "failure", "Internal error", "The gateway failed. Nothing is known about the call.");
}
export {
  index_default as default
};
