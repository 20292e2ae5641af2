/** Prevents: a good token that is refused because the auth server is down, and requests that wait for it for ever. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Auth, newKey, problem, start } from "./world.js";

const SHORT = { KEYS_MAXIMUM_AGE_SECONDS: "1", KEYS_STALE_SECONDS: "8", KEYS_TIMEOUT_MILLISECONDS: "300" };
const fail = (status) => (_request, response) => response.writeHead(status).end();
const say = (body) => (_request, response) => response.end(typeof body === "string" ? body : JSON.stringify(body));

async function unavailable(response) {
  assert.equal(response.headers.get("retry-after"), "5");
  assert.equal(response.headers.get("www-authenticate"), null);
  await problem(response, 503, "keys_unavailable", assert);
}

test("one fetch serves many calls", async (t) => {
  const world = await start(t);
  for (let each = 0; each < 5; each++) assert.equal((await world.call("/")).status, 200);
  assert.equal(world.auth.fetches, 1);
});

test("many concurrent first calls fetch the keys once, and so do many that name a new key", async (t) => {
  const world = await start(t, { bindings: { KEYS_MAXIMUM_AGE_SECONDS: "2" } });
  const slow = (_request, response) =>
    setTimeout(() => response.end(JSON.stringify({ keys: world.auth.keys.map(({ public: key }) => key) })), 500);
  world.auth.answer = slow;
  await world.ask("/health");
  const all = async () =>
    (await Promise.all(Array.from({ length: 20 }, () => world.call("/")))).map(({ status }) => status);
  assert.deepEqual(new Set(await all()), new Set([200]));
  assert.equal(world.auth.fetches, 1);
  await world.auth.rotate();
  await sleep(1100);
  assert.deepEqual(new Set(await all()), new Set([200]));
  assert.equal(world.auth.fetches, 2);
});

test("many concurrent calls that cannot be verified wait no longer than one", async (t) => {
  const world = await start(t, { bindings: SHORT });
  world.auth.answer = () => {};
  await world.ask("/health");
  const started = Date.now();
  for (const response of await Promise.all(Array.from({ length: 20 }, () => world.call("/"))))
    await unavailable(response);
  assert.ok(Date.now() - started < 3000, "they waited for one another");
  assert.equal(world.auth.fetches, 1);
});

const BROKEN = {
  "answers 500": fail(500),
  "answers 404": fail(404),
  redirects: (_request, response) => response.writeHead(302, { location: "https://evil.example/jwks.json" }).end(),
  "resets the connection": (request) => request.socket.destroy(),
  "never answers": () => {},
  "begins to answer and stops": (_request, response) => response.write('{"keys":['),
  "answers what is not JSON": say("<html>"),
  "answers null": say("null"),
  "answers no keys": say({ keys: [] }),
  "answers keys of another kind only": say({ keys: [{ kty: "RSA", kid: "k", n: "AQAB", e: "AQAB" }] }),
  "answers more than it may": say(`{"keys":[],"pad":"${"x".repeat(70_000)}"}`),
};
for (const [name, answer] of Object.entries(BROKEN)) {
  test(`without keys, when the auth server ${name}, a call gets 503 within the deadline, and never 401`, async (t) => {
    const world = await start(t, { bindings: SHORT });
    world.auth.answer = answer;
    await world.ask("/health");
    const started = Date.now();
    await unavailable(await world.call("/"));
    assert.ok(Date.now() - started < 2000, "it waited too long");
    assert.equal(world.upstream.seen.length, 0);
  });
}

test("a failed fetch is not repeated by every call, but is retried later", async (t) => {
  const world = await start(t, { bindings: SHORT });
  world.auth.answer = fail(500);
  for (let each = 0; each < 10; each++) await unavailable(await world.call("/"));
  assert.equal(world.auth.fetches, 1);
  world.auth.answer = null;
  await sleep(5100);
  assert.equal((await world.call("/")).status, 200);
});

test("the last good copy serves while the auth server is down, for a bounded time, and then calls get 503", async (t) => {
  const world = await start(t, { bindings: { ...SHORT, KEYS_STALE_SECONDS: "3" } });
  assert.equal((await world.call("/")).status, 200);
  world.auth.answer = fail(503);
  await sleep(1500);
  assert.equal((await world.call("/")).status, 200, "stale, but not for too long");
  assert.equal(world.auth.fetches, 2);
  await problem(await world.call("/", { claims: { exp: 1 } }), 401, "token_expired", assert);
  await sleep(3000);
  await unavailable(await world.call("/"));
});

test("a token with an unknown key id gets 503 and not 401 while it is unknown whether the keys changed", async (t) => {
  const world = await start(t, { bindings: SHORT });
  assert.equal((await world.call("/")).status, 200);
  await world.auth.rotate();
  world.auth.answer = fail(503);
  await sleep(700);
  await unavailable(await world.call("/"));
});

test("a new key is fetched when a token names it", async (t) => {
  const world = await start(t, { bindings: { KEYS_MAXIMUM_AGE_SECONDS: "2" } });
  assert.equal((await world.call("/")).status, 200);
  await world.auth.rotate();
  await sleep(1100); // Half of the maximum age: keys that were fetched just now are not fetched again.
  assert.equal((await world.call("/")).status, 200);
  assert.equal(world.auth.fetches, 2);
});

test("unknown key ids do not make the gateway fetch repeatedly", async (t) => {
  const world = await start(t);
  assert.equal((await world.call("/")).status, 200);
  for (let each = 0; each < 10; each++) {
    const token = await world.auth.token({ key: await newKey() });
    await problem(
      await world.ask("/", { headers: { authorization: `Bearer ${token}` } }),
      401,
      "token_signature",
      assert,
    );
  }
  assert.equal(world.auth.fetches, 1);
});

test("a withdrawn key opens nothing once the copy has aged", async (t) => {
  const world = await start(t, { bindings: SHORT });
  const old = world.auth.keys[0];
  assert.equal((await world.call("/")).status, 200);
  await world.auth.rotate({ drop: true });
  await sleep(1100);
  const token = await world.auth.token({ key: old });
  await problem(
    await world.ask("/", { headers: { authorization: `Bearer ${token}` } }),
    401,
    "token_signature",
    assert,
  );
});

test("tokens of a review branch, which holds a copy of the key, open nothing", async (t) => {
  const production = await Auth.start(t);
  const review = await Auth.start(t);
  review.keys = production.keys;
  const world = await start(t, { auth: production });
  const token = await review.token();
  await problem(await world.ask("/", { headers: { authorization: `Bearer ${token}` } }), 401, "token_claims", assert);
});

test("private parts and keys for other uses in the set are not used", async (t) => {
  const auth = await Auth.start(t);
  const [good, leaked, encrypting] = [auth.keys[0], await newKey(), await newKey()];
  const { d } = { d: "AAAA" };
  auth.keys = [
    good,
    { ...leaked, public: { ...leaked.public, d } },
    { ...encrypting, public: { ...encrypting.public, use: "enc" } },
  ];
  const world = await start(t, { auth });
  for (const key of [leaked, encrypting]) {
    const token = await auth.token({ key });
    await problem(
      await world.ask("/", { headers: { authorization: `Bearer ${token}` } }),
      401,
      "token_signature",
      assert,
    );
  }
  const token = await auth.token({ key: good });
  assert.equal((await world.ask("/", { headers: { authorization: `Bearer ${token}` } })).status, 200);
});

test("a formerly good token is refused as soon as it has expired or its key is withdrawn", async (t) => {
  const world = await start(t, { bindings: SHORT });
  const now = Math.floor(Date.now() / 1000);
  const [brief, lasting] = [await world.auth.token({ claims: { exp: now - 2 } }), await world.auth.token()];
  const ask = (token) => world.ask("/", { headers: { authorization: `Bearer ${token}` } });
  for (const token of [brief, lasting, brief, lasting]) assert.equal((await ask(token)).status, 200);
  await sleep(4500);
  await problem(await ask(brief), 401, "token_expired", assert);
  assert.equal((await ask(lasting)).status, 200);
  await world.auth.rotate({ drop: true });
  await sleep(1100);
  await problem(await ask(lasting), 401, "token_signature", assert);
});

test("a verified token is dropped when it expires, also while the key set is the same", async (t) => {
  const world = await start(t);
  const token = await world.auth.token({ claims: { exp: Math.floor(Date.now() / 1000) - 1 } });
  const ask = () => world.ask("/", { headers: { authorization: `Bearer ${token}` } });
  for (let each = 0; each < 2; each++) assert.equal((await ask()).status, 200);
  await sleep(5000);
  await problem(await ask(), 401, "token_expired", assert);
  assert.equal(world.auth.fetches, 1);
});
