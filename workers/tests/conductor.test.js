/** Prevents: a reserved host that search engines drop, that loops, or that looks like a finished product. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "./workerd.js";

test("every page has status 503 and Retry-After, and is not stored", async (t) => {
  const worker = await start(t, "conductor");
  for (const path of ["/", "/dashboard?x=1"]) {
    const response = await worker.fetch(path);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get("retry-after"), "86400");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.match(await response.text(), /<h1>Conductor is coming soon<\/h1>/);
  }
});

test("the page's policy allows its only style, and nothing else", async (t) => {
  const worker = await start(t, "conductor");
  const response = await worker.fetch("/");
  const policy = response.headers.get("content-security-policy");
  const nonce = policy.match(/style-src 'nonce-([^']+)'/)[1];
  const html = await response.text();
  assert.deepEqual([...html.matchAll(/<style[^>]*>/g)].map(String), [`<style nonce="${nonce}">`]);
  assert.doesNotMatch(html, /<script|style="|src=/);
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
});

test("no two responses share a nonce", async (t) => {
  const worker = await start(t, "conductor");
  const [one, other] = await Promise.all([worker.fetch("/"), worker.fetch("/")]);
  assert.notEqual(one.headers.get("content-security-policy"), other.headers.get("content-security-policy"));
});

test("every response has the security headers", async (t) => {
  const worker = await start(t, "conductor");
  for (const response of [
    await worker.fetch("/"),
    await worker.fetch("/health"),
    await worker.fetch("/", { method: "PUT" }),
  ]) {
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    assert.equal(response.headers.get("referrer-policy"), "no-referrer");
    assert.equal(response.headers.get("strict-transport-security"), "max-age=31536000");
    assert.equal(response.headers.get("x-robots-tag"), "noindex");
  }
});

test("HEAD has the headers and no body", async (t) => {
  const worker = await start(t, "conductor");
  const response = await worker.fetch("/", { method: "HEAD" });
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "86400");
  assert.equal(await response.text(), "");
});

test("health reports that the host is reserved", async (t) => {
  const worker = await start(t, "conductor");
  const response = await worker.fetch("/health");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: "reserved", service: "conductor", version: "0123456789ab" });
});

test("other methods are refused", async (t) => {
  const worker = await start(t, "conductor");
  const response = await worker.fetch("/", { method: "POST", body: "x" });
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "GET, HEAD");
});

test("an alias redirects permanently, keeping path, query and method", async (t) => {
  const worker = await start(t, "conductor", { ALIAS_HOST: "dashboard.prductr.com" });
  for (const method of ["GET", "POST"]) {
    const response = await worker.fetch("/agents//7?tab=log&x=%2F", { method });
    assert.equal(response.status, 308);
    assert.equal(response.headers.get("location"), "https://dashboard.prductr.com/agents//7?tab=log&x=%2F");
  }
});
