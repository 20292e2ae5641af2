/** Errors are distinguished by fields, whichever driver throws them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { recording } from "../src/analytics.ts";
import { AgainError, explained, NoContextError, NotAllowedError, NotAMemberError, sqlState } from "../src/errors.ts";
import { parameters } from "../src/identity.ts";
import { requireAdmission } from "../src/rate_limit.ts";

const wrapped = (code: unknown, depth: number): unknown =>
  depth === 0
    ? Object.assign(new Error("driver"), { code })
    : new Error("wrapper", { cause: wrapped(code, depth - 1) });

test("a SQLSTATE is found on the error or on a cause", () => {
  for (const depth of [0, 1, 3]) assert.equal(sqlState(wrapped("TN001", depth)), "TN001");
  for (const error of [wrapped("TN001", 9), wrapped(42501, 0), wrapped("ECONNREFUSED", 0), null, "TN001"]) {
    assert.equal(sqlState(error), undefined);
  }
});

test("each SQLSTATE becomes its error class, and any other error stays unchanged", () => {
  const classes = { TN001: NoContextError, TN002: NotAMemberError, "42501": NotAllowedError, "40P01": AgainError };
  for (const [code, expected] of Object.entries(classes)) {
    const found = explained(wrapped(code, 1));
    assert.ok(found instanceof expected, code);
    assert.equal(explained(found), found);
  }
  const other = wrapped("23505", 0);
  assert.equal(explained(other), other);
});

test("an identity that names nobody is refused before anything is sent", () => {
  for (const identity of [{ userId: null }, { userId: "" }, { userId: "", organizationId: "" }]) {
    assert.throws(() => parameters(identity), NoContextError);
  }
  assert.deepEqual(parameters({ userId: null, organizationId: "acme" }), [null, "acme"]);
});

test("requireAdmission throws a reached limit as an error with the decision", async () => {
  const decision = { admitted: false, counted: false, limit: 1, remaining: 0, reset_seconds: 7, window_seconds: 60 };
  await assert.rejects(requireAdmission({ admit: async () => decision }, { userId: "ada" }), {
    name: "LimitReachedError",
    code: "limit_reached",
    decision,
  });
});

test("an event's own fields win over its properties, and a sign-up names no organization", () => {
  const identity = { userId: "ada", organizationId: "acme" };
  const [, [organization, metadata]] = recording(identity, {
    event: "signup",
    properties: { provider: "github", userId: "mallory", event: "login" },
  });
  const { timestamp, ...rest } = JSON.parse(metadata);
  assert.equal(organization, null);
  assert.deepEqual(rest, { event: "signup", userId: "ada", provider: "github" });
  assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 60_000);
  const agent = recording(identity, { event: "agent_heartbeat", properties: { agentId: "a" } });
  assert.equal(agent[1][0], "acme");
});
