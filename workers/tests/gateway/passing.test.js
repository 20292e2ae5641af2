/** Prevents: a gateway that buffers, loses, adds or leaks something between client and upstream. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { HOST, problem, SECRET, serve, start } from "./world.js";

const OPEN = {
  RATE_LIMIT_PLANS: JSON.stringify({ default_plan: "a", plans: { a: { limit: 1000, window_seconds: 60 } } }),
};

test("method, path, query and body reach the upstream below its base path, with identity, id and secret", async (t) => {
  const world = await start(t, { bindings: {} });
  const response = await world.call("/v1/echo?a=1&b=%2F", {
    method: "POST",
    body: "hello",
    claims: { o: { id: "acme", role: "admin" } },
    headers: { cookie: "session=1", "cf-connecting-ip": "203.0.113.7", "idempotency-key": "k" },
  });
  assert.equal(response.status, 200);
  const seen = await response.json();
  assert.deepEqual([seen.method, seen.url, seen.body], ["POST", "/v1/echo?a=1&b=%2F", "hello"]);
  const { headers } = seen;
  assert.equal(headers["x-user-id"], "user-1");
  assert.equal(headers["x-organization-id"], "acme");
  assert.equal(headers["x-prductr-gateway"], SECRET);
  assert.equal(headers["x-request-id"], response.headers.get("x-request-id"));
  assert.equal(headers["x-forwarded-for"], "203.0.113.7");
  assert.equal(headers["x-forwarded-host"], HOST);
  assert.equal(headers["x-forwarded-proto"], "https");
  assert.equal(headers["idempotency-key"], "k");
  assert.equal(headers.via, "1.1 echome");
  for (const name of ["authorization", "cookie"]) assert.equal(headers[name], undefined, name);
});

test("without an active organization no header names one", async (t) => {
  const world = await start(t);
  const { headers } = await (await world.call("/", { headers: { "x-organization-id": "acme" } })).json();
  assert.equal("x-organization-id" in headers, false);
});

test("headers about the upstream itself, and those that only the gateway sets, are removed", async (t) => {
  const upstream = await serve(t, (_request, response) => {
    response.setHeader("set-cookie", "a=b");
    response.setHeader("server", "secretd/1.2");
    response.setHeader("x-powered-by", "Secret");
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("x-prductr-gateway", SECRET);
    response.setHeader("x-request-id", "forged");
    response.setHeader("strict-transport-security", "max-age=0");
    response.setHeader("proxy-authenticate", "Basic");
    response.setHeader("connection", "x-private");
    response.setHeader("x-private", "1");
    response.setHeader("x-kept", "1");
    response.setHeader("content-security-policy", "default-src 'self'");
    response.end("ok");
  });
  const world = await start(t, { upstream });
  const { headers } = await world.call("/");
  for (const name of [
    "set-cookie",
    "server",
    "x-powered-by",
    "access-control-allow-origin",
    "x-prductr-gateway",
    "proxy-authenticate",
    "x-private",
  ]) {
    assert.equal(headers.get(name), null, name);
  }
  assert.equal(headers.get("x-kept"), "1");
  assert.notEqual(headers.get("x-request-id"), "forged");
  assert.equal(headers.get("strict-transport-security"), "max-age=31536000");
  assert.equal(headers.get("content-security-policy"), "default-src 'self'");
});

test("every response has the security headers", async (t) => {
  const world = await start(t);
  for (const response of [
    await world.call("/"),
    await world.ask("/"),
    await world.ask("/health"),
    await world.call("/a%2f"),
  ]) {
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.equal(response.headers.get("referrer-policy"), "no-referrer");
    assert.equal(response.headers.get("strict-transport-security"), "max-age=31536000");
    assert.match(response.headers.get("content-security-policy"), /default-src 'none'/);
    assert.match(response.headers.get("x-request-id"), /^[0-9a-f-]{36}$/);
  }
});

test("no two calls share an id", async (t) => {
  const world = await start(t);
  const ids = await Promise.all(
    Array.from({ length: 20 }, async () => (await world.ask("/health")).headers.get("x-request-id")),
  );
  assert.equal(new Set(ids).size, 20);
});

test("redirects and errors of the upstream are passed to the client", async (t) => {
  const upstream = await serve(t, (request, response) => {
    if (request.url === "/redirect") response.writeHead(302, { location: "https://elsewhere.example/" }).end();
    else response.writeHead(418, { "content-type": "text/plain" }).end("teapot");
  });
  const world = await start(t, { upstream });
  const redirect = await world.call("/redirect");
  assert.deepEqual([redirect.status, redirect.headers.get("location")], [302, "https://elsewhere.example/"]);
  const error = await world.call("/");
  assert.deepEqual([error.status, await error.text()], [418, "teapot"]);
  assert.equal(upstream.seen.length, 2);
});

test("a compressed response arrives complete", async (t) => {
  const text = "prductr ".repeat(5000);
  const upstream = await serve(t, (_request, response) =>
    response.writeHead(200, { "content-encoding": "gzip", "content-type": "text/plain" }).end(gzipSync(text)),
  );
  const world = await start(t, { upstream });
  assert.equal(await (await world.call("/")).text(), text);
});

test("HEAD has the headers and no body, refused or not", async (t) => {
  const world = await start(t);
  const good = await world.call("/", { method: "HEAD" });
  assert.deepEqual([good.status, await good.text()], [200, ""]);
  const bad = await world.ask("/", { method: "HEAD" });
  assert.deepEqual([bad.status, await bad.text()], [401, ""]);
  assert.equal(bad.headers.get("www-authenticate"), 'Bearer realm="echome"');
});

test("an unreachable upstream gives 502, and its address stays private", async (t) => {
  const closed = createServer();
  await new Promise((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const { port } = closed.address();
  await new Promise((resolve) => closed.close(resolve));
  const world = await start(t, { upstream: { url: `http://127.0.0.1:${port}` } });
  const body = await problem(await world.call("/"), 502, "upstream_unreachable", assert);
  assert.ok(!JSON.stringify(body).includes(String(port)));
});

test("an upstream that does not begin to respond gives 504", async (t) => {
  const world = await start(t, { upstream: await serve(t, () => {}), bindings: { UPSTREAM_TIMEOUT_SECONDS: "1" } });
  const started = Date.now();
  await problem(await world.call("/"), 504, "upstream_timeout", assert);
  assert.ok(Date.now() - started < 5000);
});

test("a response that has begun may take longer than the limit", async (t) => {
  const upstream = await serve(t, (_request, response) => {
    response.write("first ");
    setTimeout(() => response.end("last"), 1500);
  });
  const world = await start(t, { upstream, bindings: { UPSTREAM_TIMEOUT_SECONDS: "1" } });
  assert.equal(await (await world.call("/")).text(), "first last");
});

test("server-sent events arrive one by one", async (t) => {
  let go;
  const upstream = await serve(t, async (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: 1\n\n");
    await new Promise((resolve) => {
      go = resolve;
    });
    response.end("data: 2\n\n");
  });
  const world = await start(t, { upstream });
  const response = await world.call("/", { headers: { accept: "text/event-stream", "last-event-id": "7" } });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.equal(upstream.seen[0].headers["last-event-id"], "7");
  const reader = response.body.getReader();
  const text = async () => Buffer.from((await reader.read()).value).toString();
  assert.equal(await text(), "data: 1\n\n");
  go(); // The upstream sends the second one only now: the first was not held back.
  assert.equal(await text(), "data: 2\n\n");
});

test("a large body streams through unchanged, and the upstream gets its length", async (t) => {
  const upstream = await serve(t, (request, response) => {
    const hash = createHash("sha256");
    request.on("data", (chunk) => hash.update(chunk));
    request.on("end", () =>
      response.end(JSON.stringify([hash.digest("hex"), request.headers["content-length"] ?? null])),
    );
  });
  const world = await start(t, { upstream });
  const body = Buffer.alloc(5_000_000, "prductr");
  const token = await world.auth.token();
  const head = `POST / HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  const answer = await world.raw(Buffer.concat([Buffer.from(head), body]));
  const wanted = createHash("sha256").update(body).digest("hex");
  assert.ok(answer.includes(JSON.stringify([wanted, "5000000"])), answer.slice(-300));
});

test("a body with more bytes than allowed gets 413, however it is sent", async (t) => {
  const upstream = await serve(t, (request, response) => {
    request.on("error", () => {});
    request.resume().on("end", () => response.end("whole"));
  });
  const world = await start(t, { upstream, bindings: { MAXIMUM_BODY_BYTES: "1000" } });
  await problem(await world.call("/", { method: "POST", body: "x".repeat(1001) }), 413, "body_too_large", assert);
  assert.equal(await (await world.call("/", { method: "POST", body: "x".repeat(1000) })).text(), "whole");
  const token = await world.auth.token();
  const head = `POST / HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const chunk = `1f4\r\n${"x".repeat(500)}\r\n`;
  const large = await world.raw(`${head}${chunk.repeat(3)}0\r\n\r\n`);
  assert.match(large, /^HTTP\/1.1 413 /);
  assert.match(large, /"code":"body_too_large"/);
  assert.match(await world.raw(`${head}${chunk.repeat(2)}0\r\n\r\n`), /^HTTP\/1.1 200 [\s\S]*whole/);
  assert.equal(upstream.seen.filter(({ complete }) => complete).length, 2);
});

test("a body that arrives too slowly gets 408, and never reaches the upstream complete", async (t) => {
  const upstream = await serve(t, (request, response) => {
    request.on("error", () => {});
    request.resume().on("end", () => response.end("whole"));
  });
  const world = await start(t, { upstream, bindings: { BODY_TIMEOUT_SECONDS: "1" } });
  const { port, hostname } = await world.runtime.unsafeGetDirectURL("echome");
  for (const framing of ["Content-Length: 10", "Transfer-Encoding: chunked"]) {
    const token = await world.auth.token();
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.on("error", () => {});
    socket.on("data", (data) => {
      answer += data;
    });
    socket.write(
      `POST / HTTP/1.1\r\nHost: ${HOST}\r\nAuthorization: Bearer ${token}\r\n${framing}\r\n\r\n${framing.startsWith("T") ? "1\r\na\r\n" : "a"}`,
    );
    for (let each = 0; each < 50 && !answer; each++) await sleep(100);
    socket.destroy();
    assert.match(answer, /^HTTP\/1.1 408 /, framing);
  }
  assert.equal(upstream.seen.filter(({ complete }) => complete).length, 0);
});

test("a response that the upstream sends before the body is complete is passed on immediately", async (t) => {
  const upstream = await serve(t, (_request, response) => response.writeHead(409).end("no"));
  const world = await start(t, { upstream });
  const response = await world.call("/", { method: "POST", body: "x".repeat(100_000) });
  assert.deepEqual([response.status, await response.text()], [409, "no"]);
});

test("a WebSocket passes in both directions, with the identity", async (t) => {
  const upstream = await serve(t, () => {});
  let shaken;
  upstream.server.on("upgrade", (request, socket) => {
    shaken = request;
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.once("data", (frame) => {
      const mask = frame.subarray(2, 6);
      const text = Buffer.from(frame.subarray(6, 6 + (frame[1] & 127)).map((byte, index) => byte ^ mask[index % 4]));
      const reply = Buffer.from(`heard ${text}`);
      socket.write(Buffer.concat([Buffer.from([0x81, reply.length]), reply]));
    });
    socket.on("error", () => {});
    t.after(() => socket.destroy());
  });
  const world = await start(t, { upstream });
  const response = await world.call("/live?x=1", { headers: { upgrade: "websocket", "x-user-id": "evil" } });
  assert.equal(response.status, 101);
  const { webSocket } = response;
  const heard = new Promise((resolve) => webSocket.addEventListener("message", ({ data }) => resolve(data)));
  webSocket.accept();
  webSocket.send("ada");
  assert.equal(await heard, "heard ada");
  assert.equal(shaken.url, "/live?x=1");
  assert.equal(shaken.headers["x-user-id"], "user-1");
  assert.equal(shaken.headers["x-prductr-gateway"], SECRET);
  assert.equal(shaken.headers.authorization, undefined);
  webSocket.close();
});

test("an upstream's refusal of a WebSocket is passed on", async (t) => {
  const upstream = await serve(t, (_request, response) => response.writeHead(426, { upgrade: "x" }).end("not here"));
  const world = await start(t, { upstream });
  const response = await world.call("/", { headers: { upgrade: "websocket" } });
  assert.deepEqual([response.status, await response.text()], [426, "not here"]);
});

test("a request that has passed this gateway before is a loop", async (t) => {
  const world = await start(t, { bindings: OPEN });
  await problem(await world.call("/", { headers: { via: "1.1 proxy, 1.1 echome" } }), 508, "loop", assert);
});

test("a line of the log names caller and call, and holds neither query nor token nor secret", async (t) => {
  const world = await start(t);
  const token = await world.auth.token();
  await world.call(`/v1/${token}?token=${token}&password=hunter2`, { claims: { o: { id: "acme" } } });
  await world.ask("/", { headers: { authorization: `Bearer ${token}x`, "x-user-id": "hunter2" } });
  const [good, bad] = await world.loggedAll("request", 2);
  assert.deepEqual(
    [good.service, good.method, good.path, good.status, good.user, good.organization, good.rate_limit, good.remaining],
    ["echome", "GET", "/v1/[token]", 200, "user-1", "acme", "admitted", 99],
  );
  assert.deepEqual([bad.status, bad.code, bad.user], [401, "token_signature", undefined]);
  for (const line of world.lines) {
    for (const hidden of ["hunter2", token.split(".")[1], SECRET]) assert.ok(!line.includes(hidden), line);
  }
});
