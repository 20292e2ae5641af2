/** Runs the cases of contract/rate_limit.json on the Durable Object. Prevents: two implementations that count differently. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { CONTRACT, play, TABLE } from "./cases.js";
import { start } from "./limiter.js";

test("every case of the contract holds at the edge", async (t) => {
  const say = await start(t);
  assert.ok(TABLE.length >= 20);
  for (const { id, steps } of TABLE) await t.test(id, () => play(id, steps, say));
});

test("the cases name guarantees that the contract has", () => {
  for (const { id } of TABLE) assert.ok(id.slice(0, 3) in CONTRACT.guarantees, id);
});

test("a case with another expectation fails", async (t) => {
  const say = await start(t);
  const steps = [{ configure: { limit: 1, window_seconds: 10 } }, { call: {}, expect: { remaining: 1 } }];
  await assert.rejects(play("red", steps, say), /remaining; red, step 2/);
});
