/** Prevents: a limit that counts wrongly, locks out the innocent, or takes the API down with it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fields, POLICY } from "../../gateway/src/rate_limit.ts";
import { DEFAULT_PLANS } from "../../gateway/src/rate_limit_configuration.ts";
import { FREE_RETRIES, LONGEST_KEY } from "../../limiter/src/protocol.ts";
import { problem, start } from "./world.js";

const CONTRACT = JSON.parse(readFileSync(new URL("../../../contract/rate_limit.json", import.meta.url), "utf8"));
const plans = (limit, more = {}) => ({
  RATE_LIMIT_PLANS: JSON.stringify({ default_plan: "a", plans: { a: { limit, window_seconds: 60 } }, ...more }),
});
/** Returns the module of a limiter whose methods run `take`; `ping` then returns "ok". */
const limiter = (take) => `
  import { DurableObject } from "cloudflare:workers";
  export class UserLimiter extends DurableObject {
    async take(request) { ${take} }
    async ping() { ${take} ; return "ok"; }
  }
  export default { fetch: () => new Response(null, { status: 404 }) };`;
const DOWN = limiter(`throw new Error("down");`);
const SLOW = limiter("await scheduler.wait(5000);");

const shown = ({ headers }) =>
  [
    "ratelimit-policy",
    "ratelimit",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "retry-after",
  ].map((name) => headers.get(name));

test("code and contract name the same numbers", () => {
  const { name, default_plan, plans } = CONTRACT.policy;
  assert.equal(POLICY, name);
  assert.deepEqual(DEFAULT_PLANS, { default_plan, plans, members: {} });
  assert.equal(FREE_RETRIES, CONTRACT.rules.free_retries);
  assert.equal(LONGEST_KEY, CONTRACT.rules.longest_idempotency_key);
});

test("the fields are those of the contract's examples", () => {
  for (const { decision, headers } of CONTRACT.headers.examples) {
    const { "Retry-After": _, "Content-Type": __, ...always } = headers;
    const found = new Headers(fields(decision));
    assert.deepEqual([...found], [...new Headers(always)]);
  }
});

test("100 calls pass, and the next ones get Retry-After", async (t) => {
  const world = await start(t);
  for (let each = 0; each < 100; each += 20) {
    const some = await Promise.all(Array.from({ length: 20 }, () => world.call("/")));
    assert.ok(some.every(({ status }) => status === 200));
  }
  const response = await world.call("/");
  const reset = response.headers.get("retry-after");
  assert.ok(Number(reset) > 86_300 && Number(reset) <= 86_400, reset);
  assert.deepEqual(shown(response), [
    `"user-day";q=100;w=86400`,
    `"user-day";r=0;t=${reset}`,
    "100",
    "0",
    reset,
    reset,
  ]);
  const body = await problem(response, 429, "quota_exceeded", assert);
  const wanted = CONTRACT.answers.denied.body;
  assert.equal(body.type, wanted.type);
  assert.equal(body.title, wanted.title);
  assert.deepEqual(body["violated-policies"], wanted["violated-policies"]);
  const filled = wanted.detail
    .replace("{limit}", "100")
    .replace("{window_seconds}", "86400")
    .replace("{reset_seconds}", reset);
  assert.equal(body.detail, filled);
  assert.equal(world.upstream.seen.length, 100);
  assert.equal((await world.call("/", { user: "another" })).status, 200);
});

test("of 640 concurrent calls, exactly 100 are admitted", async (t) => {
  const world = await start(t);
  await world.call("/health");
  const token = await world.auth.token({ claims: { sub: "busy" } });
  const one = async () => {
    const response = await world.ask("/", { headers: { authorization: `Bearer ${token}` } });
    await response.arrayBuffer();
    return response.status;
  };
  // The deadline of 250 ms assumes a limiter on a machine of its own; here everything runs on one small machine.
  const first = await Promise.all(Array.from({ length: 100 }, one));
  const more = [];
  for (let each = 0; each < 540; each += 60) more.push(...(await Promise.all(Array.from({ length: 60 }, one))));
  const statuses = [...first, ...more];
  assert.equal(world.logged("limiter_unavailable").length, 0, "the machine is too busy for this test: run it alone");
  assert.equal(statuses.filter((status) => status === 200).length, 100);
  assert.equal(statuses.filter((status) => status === 429).length, 540);
  assert.equal(world.upstream.seen.length, 100);
});

test("a response of any status carries the fields, and none is stored", async (t) => {
  const world = await start(t, {
    bindings: { UPSTREAM_TIMEOUT_SECONDS: "1" },
    upstream: await (await import("./world.js")).serve(t, (request, response) => {
      if (request.url === "/slow") return;
      if (request.url === "/reset") return request.socket.destroy();
      response.setHeader("cache-control", "public, max-age=3600");
      response.setHeader("x-ratelimit-remaining", "7");
      response.setHeader("ratelimit", "forged");
      response.writeHead(Number(request.url.slice(1))).end();
    }),
  });
  let remaining = 100;
  for (const path of ["/200", "/204", "/304", "/401", "/403", "/404", "/500", "/reset", "/slow"]) {
    const response = await world.call(path);
    remaining -= 1;
    assert.deepEqual(
      shown(response).slice(1, 4),
      [`"user-day";r=${remaining};t=${response.headers.get("x-ratelimit-reset")}`, "100", String(remaining)],
      path,
    );
    assert.equal(response.headers.get("cache-control"), "no-store", path);
  }
});

test("a call that is refused before the limiter is not counted", async (t) => {
  const world = await start(t);
  const refused = [
    await world.ask("/"),
    await world.call("/", { claims: { exp: 1 } }),
    await world.call("/", { claims: { banned: true } }),
    await world.call("/a%2fb"),
    await world.call("/", { headers: { "idempotency-key": "k".repeat(256) } }),
    await world.call("/health"),
  ];
  assert.deepEqual(
    refused.map(({ status }) => status),
    [401, 401, 403, 400, 400, 200],
  );
  for (const response of refused) assert.deepEqual(shown(response), [null, null, null, null, null, null]);
  assert.equal((await world.call("/")).headers.get("x-ratelimit-remaining"), "99");
});

test("retries with one idempotency key count once", async (t) => {
  const world = await start(t, { bindings: plans(2) });
  const headers = { "idempotency-key": "order-1" };
  const left = [];
  for (let each = 0; each < 3; each++)
    left.push((await world.call("/", { headers })).headers.get("x-ratelimit-remaining"));
  assert.deepEqual(left, ["1", "1", "1"]);
});

test("a plan is the user's, else the organization's, else the default", async (t) => {
  const more = {
    plans: {
      a: { limit: 1, window_seconds: 60 },
      b: { limit: 2, window_seconds: 61 },
      c: { limit: 3, window_seconds: 62 },
    },
    members: { "user:ada": "c", "organization:acme": "b" },
  };
  const world = await start(t, { bindings: plans(1, more) });
  const limit = async (call) => (await world.call("/", call)).headers.get("ratelimit-policy");
  assert.equal(await limit({ user: "bob" }), `"user-day";q=1;w=60`);
  assert.equal(await limit({ user: "eve", claims: { o: { id: "acme" } } }), `"user-day";q=2;w=61`);
  assert.equal(await limit({ user: "ada", claims: { o: { id: "acme" } } }), `"user-day";q=3;w=62`);
  assert.equal(await limit({ user: "__proto__" }), `"user-day";q=1;w=60`);
  assert.equal(await limit({ user: "mallory", headers: { "x-organization-id": "acme" } }), `"user-day";q=1;w=60`);
});

for (const [name, module] of Object.entries({ down: DOWN, slow: SLOW })) {
  test(`with a limiter that is ${name}, reads proceed and the rest is refused, in time, counted and logged`, async (t) => {
    const world = await start(t, { limiter: module });
    await world.ask("/health");
    await world.call("/a%2f"); // Warms everything but the limiter.
    const started = Date.now();
    const read = await world.call("/");
    assert.ok(Date.now() - started < 250 + 1000, "it waited too long");
    assert.equal(read.status, 200);
    assert.equal(read.headers.get("x-ratelimit-status"), "unavailable");
    assert.equal(read.headers.get("ratelimit"), null);
    const write = await world.call("/", { method: "POST", body: "x" });
    assert.equal(write.headers.get("x-ratelimit-status"), "unavailable");
    assert.equal(write.headers.get("retry-after"), "5");
    const body = await problem(write, 503, "limiter_unavailable", assert);
    assert.equal(body.type, CONTRACT.answers.unavailable.body.type);
    assert.equal(world.upstream.seen.length, 1);
    assert.deepEqual(
      (await world.loggedAll("limiter_unavailable", 2)).map(({ count }) => count),
      [1, 2],
    );
    const deep = await (await world.ask("/health?deep")).json();
    assert.deepEqual([deep.status, deep.checks.limiter, deep.limiter_unavailable], ["degraded", "unavailable", 2]);
  });
}

test("a route's behaviour without the limiter follows the first matching rule of the configuration", async (t) => {
  const rules = [
    { methods: ["GET"], path: "/runs/*", answer: "closed" },
    { methods: ["GET", "POST"], path: "/*", answer: "open" },
    { methods: ["PUT"], path: "/exact", answer: "open" },
  ];
  const world = await start(t, { limiter: DOWN, bindings: { RATE_LIMIT_UNAVAILABLE: JSON.stringify(rules) } });
  const status = async (method, path) => (await world.call(path, { method })).status;
  assert.equal(await status("GET", "/runs/1"), 503);
  assert.equal(await status("GET", "/runs"), 200);
  assert.equal(await status("POST", "/runs/1"), 200);
  assert.equal(await status("PUT", "/exact"), 200);
  assert.equal(await status("PUT", "/exact/"), 503);
  assert.equal(await status("DELETE", "/"), 503);
});

test("a limit that is off is reported in every response, at /health and in the log", async (t) => {
  const world = await start(t, { bindings: { ENABLE_RATE_LIMITING: "false", ...plans(1) } });
  for (const response of [
    await world.call("/"),
    await world.call("/"),
    await world.ask("/"),
    await world.ask("/health"),
  ]) {
    assert.equal(response.headers.get("x-ratelimit-status"), "off");
    assert.equal(response.headers.get("ratelimit"), null);
  }
  assert.equal((await (await world.ask("/health")).json()).protections.rate_limit, "off");
  assert.deepEqual(
    (await world.loggedAll("protection_off", 1)).map(({ protection }) => protection),
    ["rate_limit"],
  );
  assert.equal(world.upstream.seen.length, 2);
});
