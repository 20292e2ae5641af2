/** Prevents: an API host that is up in name only, and a gateway that forwards what a client merely claims. */

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { echo, start, upstream } from "./workerd.js";

async function problem(response, status) {
  assert.equal(response.status, status);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal(response.headers.get("cache-control"), "no-store");
  const body = await response.json();
  assert.equal(body.status, status);
  return body;
}

test("health answers with the version, with and without an upstream", async (t) => {
  const worker = await start(t, "echome", { UPSTREAM_URL: "" });
  const response = await worker.fetch("/health");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: "ok", service: "echome", version: "0123456789ab" });
});

test("health to HEAD has no body and other methods are refused", async (t) => {
  const worker = await start(t, "echome", { UPSTREAM_URL: "" });
  const head = await worker.fetch("/health", { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
  const post = await worker.fetch("/health", { method: "POST", body: "x" });
  assert.equal(post.headers.get("allow"), "GET, HEAD");
  await problem(post, 405);
});

test("without an upstream every other path says 503 and when to come back", async (t) => {
  const worker = await start(t, "echome", { UPSTREAM_URL: "" });
  const response = await worker.fetch("/v1/echo");
  assert.equal(response.headers.get("retry-after"), "3600");
  await problem(response, 503);
});

test("method, path, query and body reach the upstream below its base path", async (t) => {
  const base = await upstream(t, echo);
  const worker = await start(t, "echome", { UPSTREAM_URL: `${base}/api` });
  const response = await worker.fetch("/v1/echo?a=1&b=%2F", { method: "POST", body: "hello" });
  assert.equal(response.status, 200);
  const seen = await response.json();
  assert.equal(seen.method, "POST");
  assert.equal(seen.url, "/api/v1/echo?a=1&b=%2F");
  assert.equal(seen.body, "hello");
});

test("a client cannot claim another address, host or user", async (t) => {
  const base = await upstream(t, echo);
  const worker = await start(t, "echome", { UPSTREAM_URL: base });
  const response = await worker.fetch("/", {
    headers: {
      "x-user-id": "somebody-else",
      "x-forwarded-for": "10.0.0.1",
      "x-forwarded-host": "evil.example",
      "x-real-ip": "10.0.0.1",
      forwarded: "for=10.0.0.1",
      "cf-connecting-ip": "203.0.113.7",
      authorization: "Bearer kept",
    },
  });
  const { headers } = await response.json();
  assert.equal(headers["x-user-id"], undefined);
  assert.equal(headers["x-real-ip"], undefined);
  assert.equal(headers.forwarded, undefined);
  assert.equal(headers["x-forwarded-for"], "203.0.113.7");
  assert.equal(headers["x-forwarded-host"], "echome.prductr.com");
  assert.equal(headers["x-forwarded-proto"], "https");
  assert.equal(headers.authorization, "Bearer kept");
  assert.equal(headers.via, "1.1 echome");
});

test("headers of one connection stay on it, in both directions", async (t) => {
  const base = await upstream(t, (request, response) => {
    response.setHeader("proxy-authenticate", "Basic");
    response.setHeader("connection", "x-private");
    response.setHeader("x-private", "1");
    response.setHeader("x-public", JSON.stringify([request.headers.te, request.headers["proxy-authorization"]]));
    response.end("ok");
  });
  const worker = await start(t, "echome", { UPSTREAM_URL: base });
  const response = await worker.fetch("/", { headers: { te: "trailers", "proxy-authorization": "Basic eA==" } });
  assert.equal(await response.text(), "ok");
  assert.equal(response.headers.get("x-public"), "[null,null]");
  for (const name of ["proxy-authenticate", "x-private"]) assert.equal(response.headers.get(name), null, name);
});

test("redirects of the upstream are the client's to follow", async (t) => {
  const base = await upstream(t, (_request, response) =>
    response.writeHead(302, { location: "https://elsewhere.example/" }).end(),
  );
  const worker = await start(t, "echome", { UPSTREAM_URL: base });
  const response = await worker.fetch("/");
  assert.equal(response.status, 302);
  assert.equal(response.headers.get("location"), "https://elsewhere.example/");
});

test("errors of the upstream are passed on as they are", async (t) => {
  const base = await upstream(t, (_request, response) =>
    response.writeHead(418, { "content-type": "text/plain" }).end("teapot"),
  );
  const worker = await start(t, "echome", { UPSTREAM_URL: base });
  const response = await worker.fetch("/");
  assert.equal(response.status, 418);
  assert.equal(await response.text(), "teapot");
});

test("an upstream that cannot be reached is 502 and its address stays private", async (t) => {
  const closed = createServer();
  await new Promise((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port } = closed.address();
  await new Promise((resolve) => closed.close(resolve));
  const worker = await start(t, "echome", { UPSTREAM_URL: `http://127.0.0.1:${port}` });
  const body = await problem(await worker.fetch("/"), 502);
  assert.ok(!JSON.stringify(body).includes(String(port)));
});

test("an upstream that does not begin to answer is 504", async (t) => {
  const base = await upstream(t, () => {});
  const worker = await start(t, "echome", { UPSTREAM_URL: base, UPSTREAM_TIMEOUT_SECONDS: "1" });
  await problem(await worker.fetch("/"), 504);
});

test("an answer that has begun may take longer than the limit", async (t) => {
  const base = await upstream(t, (_request, response) => {
    response.write("first ");
    setTimeout(() => response.end("last"), 1500);
  });
  const worker = await start(t, "echome", { UPSTREAM_URL: base, UPSTREAM_TIMEOUT_SECONDS: "1" });
  assert.equal(await (await worker.fetch("/")).text(), "first last");
});

test("a request that was here before is a loop", async (t) => {
  const worker = await start(t, "echome", { UPSTREAM_URL: "https://echome.prductr.com" });
  await problem(await worker.fetch("/", { headers: { via: "1.1 proxy, 1.1 echome" } }), 508);
});
