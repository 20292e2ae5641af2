/** The middleware around a route handler: what reaches the handler, what the caller gets, and how long anybody waits. */

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

/** Calls a limited handler once; how often the handler ran, what the limiter was asked, and the answer. */
async function call(admit: Admit, request: RequestInit = {}, options: Partial<RateLimitOptions> = {}) {
  const asked: [Identity, AdmitOptions | undefined][] = [];
  const failures: [string, LimiterUnavailableError][] = [];
  let handled = 0;
  const limiter: Limiter = {
    admit: (identity, how) => {
      asked.push([identity, how]);
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
  return { response, body: await response.text(), asked, failures, handled: () => handled };
}

test("an admitted call reaches the handler with its context, and its answer carries the fields", async () => {
  const { response, body, asked, handled } = await call(async () => ADMITTED, {
    method: "POST",
    headers: { "Idempotency-Key": "k" },
  });
  assert.deepEqual([response.status, body, handled()], [201, '"p"', 1]);
  assert.equal(response.headers.get("ratelimit"), '"user-day";r=57;t=4021');
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("x-own"), "kept");
  assert.equal(response.headers.get("retry-after"), null);
  assert.deepEqual([asked[0]?.[0], asked[0]?.[1]?.key], [ADA, "k"]);
});

test("a denied call does not reach the handler and is a problem with Retry-After", async () => {
  const { response, body, handled } = await call(async () => DENIED);
  assert.deepEqual([response.status, handled()], [429, 0]);
  assert.equal(response.headers.get("retry-after"), "9");
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(JSON.parse(body)["violated-policies"], ["user-day"]);
});

test("the answer of a handler whose headers cannot be changed is copied, with its cookies", async () => {
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
  test(`nobody signed in (${JSON.stringify(nobody)}) is 401 and not counted`, async () => {
    const { response, asked, handled } = await call(async () => ADMITTED, {}, { identify: () => nobody });
    assert.deepEqual([response.status, asked.length, handled()], [401, 0, 0]);
    assert.equal(response.headers.get("www-authenticate"), "Bearer");
    assert.equal(response.headers.get("ratelimit"), null);
  });
}

test("a user who is not a member is 403, and a key of too many characters 400", async () => {
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
  test(`L11: while the limiter fails, ${method} is ${answer}, and is heard of`, async () => {
    const failed = await call(() => Promise.reject(new Error("connection refused")), { method });
    assert.deepEqual([failed.response.status, failed.handled()], [status, handled]);
    assert.equal(failed.response.headers.get("x-ratelimit-status"), "unavailable");
    assert.equal(failed.response.headers.get("ratelimit"), null);
    assert.equal(failed.response.headers.get("retry-after"), status === 503 ? "5" : null);
    assert.deepEqual(
      failed.failures.map(([told]) => told),
      [answer],
    );
    assert.match(String(failed.failures[0]?.[1].cause), /connection refused/);
  });
}

test("L11: a limiter that never answers is left after the deadline, told to stop, and what it says later is not heard", async () => {
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
    { deadlineMilliseconds: 60_000 }, // more than the contract allows counts as what it allows
  );
  const took = performance.now() - started;
  assert.deepEqual([slow.response.status, ended], [503, true]);
  assert.ok(took >= 240 && took < 2000, `took ${took} ms`);
  assert.match(String(slow.failures[0]?.[1].cause), /within 250 ms/);
});

test("a call that meets another is asked again, a few times at most", async () => {
  let asked = 0;
  const second = await call(async () => {
    asked += 1;
    if (asked < 2) throw new AgainError("met another");
    return ADMITTED;
  });
  assert.deepEqual([second.response.status, asked], [201, 2]);
  const never = await call(() => Promise.reject(new AgainError("met another")), { method: "POST" });
  assert.deepEqual([never.response.status, never.asked.length], [503, 3]);
});

test("switched off, every call passes, nobody is asked, and the answer says so", async () => {
  for (const enabled of [false, () => false]) {
    const off = await call(async () => DENIED, {}, { enabled });
    assert.deepEqual([off.response.status, off.asked.length], [201, 0]);
    assert.equal(off.response.headers.get("x-ratelimit-status"), "off");
  }
});

test("what the handler throws is Next.js's to answer", async () => {
  const thrown = new Error("NEXT_REDIRECT");
  const handler = withRateLimit({ limiter: { admit: async () => ADMITTED }, identify: () => ADA }, () => {
    throw thrown;
  });
  await assert.rejects(async () => handler(new Request("https://example.com/"), {}), thrown);
});
