/** Prevents: a request that reaches the upstream although it must not, or under another caller's identity. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { token } from "./tokens.js";
import { echo, HOST, SECRET, serve, start } from "./world.js";

const { rows } = JSON.parse(readFileSync(new URL("hostile.json", import.meta.url), "utf8"));
const PLANS = JSON.stringify({ default_plan: "test", plans: { test: { limit: 100_000, window_seconds: 86_400 } } });

/** Returns the bytes of a row's request. */
async function bytes(row, auth, good) {
  const fill = (text) =>
    text
      .replace(/\{(.)\*(\d+)\}/g, (_, character, times) => character.repeat(Number(times)))
      .replaceAll("{token}", good)
      .replaceAll("{secret}", SECRET);
  if (row.raw !== undefined) return fill(row.raw);
  const { method = "GET", path = "/v1", host = HOST, body = "", times = 1 } = row;
  const headers = Array.from({ length: times }, (_, n) =>
    (row.headers ?? []).map(([name, value]) => [name.replace("{n}", n), fill(value)]),
  ).flat();
  if (!headers.some(([name]) => name.toLowerCase() === "connection")) headers.push(["Connection", "close"]);
  if (row.token !== "none") headers.unshift(["Authorization", `Bearer ${await token(row.token, auth)}`]);
  headers.unshift(["Host", host]);
  return `${method} ${fill(path)} HTTP/1.1\r\n${headers.map((pair) => `${pair.join(": ")}\r\n`).join("")}\r\n${body}`;
}

function parsed(answer) {
  const end = answer.indexOf("\r\n\r\n");
  const [first, ...lines] = answer.slice(0, end).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
  );
  const length = Number(headers["content-length"] ?? answer.length); // The rest is the response to a smuggled request.
  return { status: Number(first.split(" ")[1]), headers, body: answer.slice(end + 4, end + 4 + length) };
}

function check(row, answer, seen, good) {
  const { expect } = row;
  const { status, headers, body } = parsed(answer);
  if (expect.refused) {
    assert.ok(!(status >= 200 && status < 300), answer.slice(0, 2000));
    assert.equal(seen.length, 0, "it reached the upstream");
    return;
  }
  if (expect.incomplete) {
    assert.ok(!(status >= 200 && status < 300), answer.slice(0, 2000));
    assert.ok(
      seen.every(({ complete }) => !complete),
      "the upstream got a whole request",
    );
    return;
  }
  assert.equal(status, expect.status, answer.slice(0, 2000));
  if (status === 200) {
    assert.equal(seen.length, 1);
    const got = JSON.parse(body);
    for (const [name, value] of Object.entries(expect.upstream ?? {})) {
      assert.equal(got.headers[name] ?? null, value === "{secret}" ? SECRET : value, name);
    }
    for (const [name, value] of Object.entries(expect.upstream_not ?? {})) assert.notEqual(got.headers[name], value);
    if (expect.path) assert.equal(got.url, expect.path);
    if (expect.body) assert.equal(got.body, expect.body);
    assert.equal(got.headers["x-user-id"], "user-1");
    assert.equal(got.headers.authorization, undefined);
    return;
  }
  assert.equal(seen.length, 0, "it reached the upstream");
  if (expect.code) assert.equal(JSON.parse(body).code, expect.code, body);
  assert.ok(headers["x-request-id"]);
  assert.ok(!answer.includes(good) && !answer.includes(SECRET), "the response repeats a secret");
  if (status === 401)
    assert.match(
      headers["www-authenticate"],
      /^Bearer realm="echome"(, error="invalid_token", error_description="[ -~]+")?$/,
    );
}

test("every hostile request gets its expected response, and none reaches the upstream that must not", async (t) => {
  const server = await serve(t, echo);
  const world = await start(t, { upstream: { url: `${server.url}/base` }, bindings: { RATE_LIMIT_PLANS: PLANS } });
  assert.ok(rows.length >= 100);
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length, "names are unique");
  for (const row of rows) {
    await t.test(row.name, async () => {
      const good = await world.auth.token();
      server.seen.length = 0;
      check(row, await world.raw(await bytes(row, world.auth, good)), server.seen, good);
    });
  }
  await t.test("no line of the log holds a token or the secret", () => {
    assert.ok(world.logged("request").length > 100);
    for (const line of world.lines) assert.ok(!/eyJ[\w-]+\.eyJ/.test(line) && !line.includes(SECRET), line);
  });
});
