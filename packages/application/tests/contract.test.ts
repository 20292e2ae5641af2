/** The package agrees with contract/rate_limit.json, field by field. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ANALYTICS_EVENTS } from "../src/analytics.ts";
import {
  CLOSED_HEADERS,
  DEADLINE_MILLISECONDS,
  type Decision,
  LONGEST_KEY,
  OFF_HEADERS,
  POLICY,
  quotaExceeded,
  rateLimitHeaders,
  UNAVAILABLE,
  UNAVAILABLE_HEADERS,
} from "../src/rate_limit.ts";

const contract = JSON.parse(readFileSync(new URL("../../../contract/rate_limit.json", import.meta.url), "utf8"));

/** Fills a template of the contract. */
function filled(template: unknown, decision: Decision): unknown {
  const values: Record<string, unknown> = { ...decision, policy: POLICY };
  return JSON.parse(JSON.stringify(template).replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name])));
}

test("names and numbers are the contract's", () => {
  assert.equal(POLICY, contract.policy.name);
  assert.equal(LONGEST_KEY, contract.rules.longest_idempotency_key);
  assert.equal(DEADLINE_MILLISECONDS, contract.answers.unavailable.deadline_milliseconds);
  assert.equal(ANALYTICS_EVENTS.length, 8);
});

test("headers equal those of each example and of the templates", () => {
  assert.ok(contract.headers.examples.length >= 2);
  for (const { decision, headers } of contract.headers.examples) {
    assert.deepEqual(rateLimitHeaders(decision), headers);
    const templates = { ...contract.headers.always, ...(decision.admitted ? {} : contract.headers.denied) };
    assert.deepEqual(rateLimitHeaders(decision), filled(templates, decision));
  }
});

test("responses are the contract's: denied, unavailable, off", () => {
  const { decision } = contract.headers.examples.find((one: { decision: Decision }) => !one.decision.admitted);
  const { denied, unavailable, off } = contract.answers;
  assert.deepEqual(quotaExceeded(decision), filled(denied.body, decision));
  assert.equal(quotaExceeded(decision).status, denied.status);
  assert.deepEqual(UNAVAILABLE, unavailable.body);
  assert.deepEqual(UNAVAILABLE_HEADERS, unavailable.headers);
  assert.deepEqual(CLOSED_HEADERS, unavailable.closed_headers);
  assert.deepEqual(OFF_HEADERS, off.headers);
});
