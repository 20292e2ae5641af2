/** Prevents: foreign pages that call the API with a visitor's rights, and own pages that cannot. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { problem, start } from "./world.js";

const PAGE = "https://dashboard.prductr.com";
const STRANGERS = [
  "https://evil.example",
  "http://dashboard.prductr.com",
  `${PAGE}.evil.example`,
  `${PAGE}:8443`,
  "null",
  "https://DASHBOARD.prductr.com",
];
const asking = (origin) => ({
  method: "OPTIONS",
  headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
});

test("no origin is allowed unless it is configured", async (t) => {
  const world = await start(t);
  const preflight = await world.ask("/", asking(PAGE));
  assert.equal(preflight.status, 401);
  for (const response of [preflight, await world.call("/", { headers: { origin: PAGE } })]) {
    assert.deepEqual(
      [...response.headers.keys()].filter((name) => name.startsWith("access-control")),
      [],
    );
  }
});

test("a configured origin may preflight, call, and read responses of every kind", async (t) => {
  const world = await start(t, { bindings: { CORS_ORIGINS: `https://prductr.com, ${PAGE}` } });
  const preflight = await world.ask("/", asking(PAGE));
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers.get("access-control-allow-methods"), /POST/);
  assert.match(preflight.headers.get("access-control-allow-headers"), /authorization/);
  const headers = { origin: PAGE };
  for (const response of [
    preflight,
    await world.call("/", { headers }),
    await world.ask("/", { headers }),
    await world.call("/a%2f", { headers }),
  ]) {
    assert.equal(response.headers.get("access-control-allow-origin"), PAGE);
    assert.equal(response.headers.get("access-control-allow-credentials"), null);
    assert.match(response.headers.get("access-control-expose-headers"), /x-ratelimit-remaining/);
    assert.match(response.headers.get("vary"), /origin/i);
  }
  assert.equal(world.upstream.seen.length, 1, "a preflight never reaches the upstream");
});

test("every other origin is refused, however similar", async (t) => {
  const world = await start(t, { bindings: { CORS_ORIGINS: PAGE } });
  for (const origin of STRANGERS) {
    const preflight = await world.ask("/", asking(origin));
    assert.equal(preflight.headers.get("access-control-allow-origin"), null, origin);
    await problem(preflight, 403, "origin_not_allowed", assert);
    assert.equal(
      (await world.call("/", { headers: { origin } })).headers.get("access-control-allow-origin"),
      null,
      origin,
    );
  }
});

test("OPTIONS that is not a preflight needs a token", async (t) => {
  const world = await start(t, { bindings: { CORS_ORIGINS: PAGE } });
  assert.equal((await world.ask("/", { method: "OPTIONS", headers: { origin: PAGE } })).status, 401);
  assert.equal((await world.call("/", { method: "OPTIONS" })).status, 200);
});
