/** Prevents: a gateway that opens because a variable is missing, and one that only seems to be up. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configuration } from "../../gateway/src/configuration.ts";
import { problem, SECRET, serve, start } from "./world.js";

const WRONG = {
  VERSION: [null],
  AUTH_URL: [
    null,
    "",
    "not a url",
    "http://auth.example/db/auth",
    "https://user:pw@auth.example/",
    "https://auth.example/?x=1",
    "ftp://127.0.0.1/",
  ],
  UPSTREAM_URL: ["not a url", "http://api.example", "https://user:pw@api.example", "https://api.example/?x"],
  UPSTREAM_SECRET: [null, "", "short"],
  UPSTREAM_TIMEOUT_SECONDS: ["0", "-1", "1.5", "301", "soon"],
  BODY_TIMEOUT_SECONDS: ["0", "601", "NaN"],
  MAXIMUM_BODY_BYTES: ["-1", "1e20", "ten"],
  ENABLE_RATE_LIMITING: ["yes", "TRUE", "0"],
  RATE_LIMIT_PLANS: [
    "{",
    "[]",
    "null",
    "{}",
    '{"default_plan":"a","plans":{}}',
    '{"default_plan":"a","plans":{"a":{"limit":-1,"window_seconds":1}}}',
    '{"default_plan":"a","plans":{"a":{"limit":1,"window_seconds":0}}}',
    '{"default_plan":"a","plans":{"a":{"limit":"1","window_seconds":1}}}',
    '{"default_plan":"a","plans":{"a":{"limit":1,"window_seconds":1}},"members":{"user:x":"b"}}',
  ],
  RATE_LIMIT_UNAVAILABLE: [
    "{",
    "{}",
    '[{"methods":["GET"],"path":"/*"}]',
    '[{"methods":["GET"],"path":"x","answer":"open"}]',
    '[{"methods":"GET","path":"/*","answer":"open"}]',
    '[{"methods":["GET"],"path":"/*","answer":"maybe"}]',
  ],
  RATE_LIMIT_DEADLINE_MILLISECONDS: ["0", "251"],
  LIMITER: [undefined, null, {}, "limiter"],
  CORS_ORIGINS: [
    "*",
    "null",
    "dashboard.prductr.com",
    "https://dashboard.prductr.com/",
    "https://dashboard.prductr.com/path",
  ],
  KEYS_TIMEOUT_MILLISECONDS: ["0", "10001"],
  KEYS_MAXIMUM_AGE_SECONDS: ["0", "3601"],
  KEYS_STALE_SECONDS: ["-1", "86401"],
};

const GOOD = {
  VERSION: "0123456789ab",
  AUTH_URL: "https://ep-quiet.neonauth.example/db/auth",
  UPSTREAM_URL: "https://api.example",
  UPSTREAM_SECRET: SECRET,
  LIMITER: { getByName: () => null },
};

test("the smallest configuration is complete", () => {
  const found = configuration(GOOD);
  assert.equal(found.issuer, "https://ep-quiet.neonauth.example");
  assert.equal(found.limit.deadline, 250);
});

for (const [name, values] of Object.entries(WRONG)) {
  test(`${name} is refused if it is missing or wrong, by name and without its value`, () => {
    for (const value of values) {
      const problems = configuration({ ...GOOD, [name]: value });
      assert.ok(Array.isArray(problems), `${value} is taken`);
      assert.equal(problems.length, 1, String(problems));
      assert.ok(problems[0].startsWith(`${name}: `), problems[0]);
      if (typeof value === "string" && value.length > 6) assert.ok(!problems[0].includes(value), "a value is shown");
    }
  });
}

test("nothing passes while a variable is wrong, and /health names it", async (t) => {
  const world = await start(t, { bindings: { AUTH_URL: "http://auth.example/db/auth" } });
  await problem(await world.call("/"), 500, "misconfigured", assert);
  const health = await world.ask("/health");
  const text = await health.text();
  assert.equal(health.status, 500);
  assert.equal(JSON.parse(text).status, "misconfigured");
  assert.ok(!text.includes("auth.example") && !text.includes(SECRET), text);
  assert.equal(world.upstream.seen.length, 0);
});

test("all mistakes are named at once", async (t) => {
  const world = await start(t, { bindings: { AUTH_URL: null, UPSTREAM_SECRET: null, ENABLE_RATE_LIMITING: "no" } });
  const { problems } = await (await world.ask("/health")).json();
  assert.deepEqual(
    problems.map((each) => each.split(":")[0]),
    ["AUTH_URL", "UPSTREAM_SECRET", "ENABLE_RATE_LIMITING"],
  );
});

test("without an upstream every other path gets 503 with Retry-After, and no secret is needed", async (t) => {
  const world = await start(t, { bindings: { UPSTREAM_URL: "", UPSTREAM_SECRET: null } });
  const response = await world.call("/v1/echo");
  assert.equal(response.headers.get("retry-after"), "3600");
  await problem(response, 503, "no_upstream", assert);
  assert.equal((await world.ask("/health")).status, 200);
  assert.equal((await (await world.ask("/health?deep")).json()).checks.upstream, "none");
});

test("health reports name, version and protections without a token, and sends no request", async (t) => {
  const world = await start(t);
  const response = await world.ask("/health");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), {
    status: "ok",
    service: "echome",
    version: "0123456789ab",
    protections: { authentication: "on", rate_limit: "on" },
  });
  const head = await world.ask("/health", { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  assert.deepEqual([world.upstream.seen.length, world.auth.fetches], [0, 0]);
});

test("deep health checks everything that a call needs, and sends no secret", async (t) => {
  const world = await start(t);
  const response = await world.ask("/health?deep");
  assert.equal(response.status, 200);
  const { status, checks } = await response.json();
  assert.deepEqual([status, checks], ["ok", { upstream: "ok", keys: "ok", limiter: "ok" }]);
  assert.equal(world.upstream.seen[0].headers["x-prductr-gateway"], undefined);
});

test("deep health is 503 while a dependency does not respond, and names it without its address", async (t) => {
  const upstream = await serve(t, (request) => request.socket.destroy());
  const world = await start(t, { upstream, bindings: { KEYS_TIMEOUT_MILLISECONDS: "300" } });
  world.auth.answer = () => {};
  const response = await world.ask("/health?deep");
  assert.equal(response.status, 503);
  const text = await response.text();
  assert.deepEqual(JSON.parse(text).checks, { upstream: "unavailable", keys: "unavailable", limiter: "ok" });
  assert.ok(!text.includes("127.0.0.1"));
});

test("many requests for deep health do not become a load on the dependencies", async (t) => {
  const world = await start(t);
  await world.ask("/health?deep");
  await Promise.all(Array.from({ length: 20 }, () => world.ask("/health?deep")));
  assert.equal(world.upstream.seen.length, 1);
  assert.equal(world.auth.fetches, 1);
});
