/** The middleware around a route handler: the calls that reach it, the responses, and the time that anybody waits. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { AgainError, InvalidKeyError, type LimiterUnavailableError, NotAMemberError } from "../src/errors.ts";
import type { Identity } from "../src/identity.ts";
import { type RateLimitOptions, withRateLimit } from "../src/next.ts";
import { type AdmitOptions, checkedKey, type Decision, type Limiter } from "../src/rate_limit.ts";

const ADMITTED: Decision = {
  admitted: true,
  counted: true,
  limit: 100,
  remaining: 57,
  reset_seconds: 4021,
  window_seconds: 86400,
};
const DENIED: Decision = { ...ADMITTED, admitted: false, counted: false, remaining: 0, reset_seconds: 9 };
const ADA: Identity = { userId: "ada", organizationId: "acme" };

type Admit = Limiter["admit"];

/** Calls a limited handler once; returns the handler's runs, the limiter's requests, and the response. */
async function call(admit: Admit, request: RequestInit = {}, options: Partial<RateLimitOptions> = {}) {
  const requests: [Identity, AdmitOptions | undefined][] = [];
  const failures: [string, LimiterUnavailableError][] = [];
  let handled = 0;
  const limiter: Limiter = {
    admit: (identity, how) => {
      requests.push([identity, how]);
      return admit(identity, how);
    },
  };
  const handler = withRateLimit(
    {
      limiter,
      identify: () => ADA,
      onUnavailable: (error, answer) => failures.push([answer, error]),
      ...options,
    },
    async (_request: Request, context: { params: string }) => {
      handled += 1;
      return Response.json(context.params, { status: 201, headers: { "Cache-Control": "public", "X-Own": "kept" } });
    },
  );
  const response = await handler(new Request("https://example.com/api/tasks?q=1", request), { params: "p" });
  return { response, body: await response.text(), requests, failures, handled: () => handled };
}

test("an admitted call reaches the handler with its context, and its response carries the fields", async () => {
  const { response, body, requests, handled } = await call(async () => ADMITTED, {
    method: "POST",
    headers: { "Idempotency-Key": "k" },
  });
  assert.deepEqual([response.status, body, handled()], [201, '"p"', 1]);
  assert.equal(response.headers.get("ratelimit"), '"user-day";r=57;t=4021');
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("x-own"), "kept");
  assert.equal(response.headers.get("retry-after"), null);
  assert.deepEqual([requests[0]?.[0], requests[0]?.[1]?.key], [ADA, "k"]);
});

test("a denied call does not reach the handler and is a problem with Retry-After", async () => {
  const { response, body, handled } = await call(async () => DENIED);
  assert.deepEqual([response.status, handled()], [429, 0]);
  assert.equal(response.headers.get("retry-after"), "9");
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(JSON.parse(body)["violated-policies"], ["user-day"]);
});

test("a handler's response whose headers cannot be changed is copied", async () => {
  const handler = withRateLimit({ limiter: { admit: async () => ADMITTED }, identify: () => ADA }, () =>
    Response.redirect("https://example.com/elsewhere", 307),
  );
  const response = await handler(new Request("https://example.com/"), {});
  assert.deepEqual(
    [response.status, response.headers.get("location"), response.headers.get("x-ratelimit-remaining")],
    [307, "https://example.com/elsewhere", "57"],
  );
});

for (const nobody of [null, { userId: null, organizationId: "acme" }, { userId: "" }] as const) {
  test(`nobody signed in (${JSON.stringify(nobody)}) gets 401 and is not counted`, async () => {
    const { response, requests, handled } = await call(async () => ADMITTED, {}, { identify: () => nobody });
    assert.deepEqual([response.status, requests.length, handled()], [401, 0, 0]);
    assert.equal(response.headers.get("www-authenticate"), "Bearer");
    assert.equal(response.headers.get("ratelimit"), null);
  });
}

test("a user who is not a member gets 403, and a key that is too long gets 400", async () => {
  const stranger = await call(() => Promise.reject(new NotAMemberError("no")));
  assert.deepEqual([stranger.response.status, stranger.handled()], [403, 0]);
  const long = await call(
    async (_, how) => {
      checkedKey(how?.key);
      return ADMITTED;
    },
    { headers: { "Idempotency-Key": "x".repeat(256) } },
  );
  assert.deepEqual([long.response.status, long.handled()], [400, 0]);
  assert.throws(() => checkedKey(""), InvalidKeyError);
});

for (const [method, answer, status, handled] of [
  ["GET", "open", 201, 1],
  ["HEAD", "open", 201, 1],
  ["POST", "closed", 503, 0],
  ["DELETE", "closed", 503, 0],
] as const) {
  test(`L11: while the limiter fails, ${method} is ${answer}, and is reported`, async () => {
    const failed = await call(() => Promise.reject(new Error("connection refused")), { method });
    assert.deepEqual([failed.response.status, failed.handled()], [status, handled]);
    assert.equal(failed.response.headers.get("x-ratelimit-status"), "unavailable");
    assert.equal(failed.response.headers.get("ratelimit"), null);
    assert.equal(failed.response.headers.get("retry-after"), status === 503 ? "5" : null);
    assert.deepEqual(
      failed.failures.map(([reported]) => reported),
      [answer],
    );
    assert.match(String(failed.failures[0]?.[1].cause), /connection refused/);
  });
}

test("L11: a limiter that never responds is aborted after the deadline, and its later failure is ignored", async () => {
  let ended = false;
  const started = performance.now();
  const slow = await call(
    (_, how) =>
      new Promise((_resolve, reject) => {
        how?.signal?.addEventListener("abort", () => {
          ended = true;
          reject(new Error("aborted"));
        });
      }),
    { method: "POST" },
    { deadlineMilliseconds: 60_000 }, // capped at the contract's maximum
  );
  const took = performance.now() - started;
  assert.deepEqual([slow.response.status, ended], [503, true]);
  assert.ok(took >= 240 && took < 2000, `took ${took} ms`);
  assert.match(String(slow.failures[0]?.[1].cause), /within 250 ms/);
});

test("a call that conflicts with another is retried, a few times at most", async () => {
  let attempts = 0;
  const second = await call(async () => {
    attempts += 1;
    if (attempts < 2) throw new AgainError("conflict");
    return ADMITTED;
  });
  assert.deepEqual([second.response.status, attempts], [201, 2]);
  const never = await call(() => Promise.reject(new AgainError("conflict")), { method: "POST" });
  assert.deepEqual([never.response.status, never.requests.length], [503, 3]);
});

test("switched off, every call passes without a request to the limiter, and the response reports it", async () => {
  for (const enabled of [false, () => false]) {
    const off = await call(async () => DENIED, {}, { enabled });
    assert.deepEqual([off.response.status, off.requests.length], [201, 0]);
    assert.equal(off.response.headers.get("x-ratelimit-status"), "off");
  }
});

test("an error of the handler is left to Next.js", async () => {
  const thrown = new Error("NEXT_REDIRECT");
  const handler = withRateLimit({ limiter: { admit: async () => ADMITTED }, identify: () => ADA }, () => {
    throw thrown;
  });
  await assert.rejects(async () => handler(new Request("https://example.com/"), {}), thrown);
});
