/** Prevents: a store that grows for ever, a store that a cleaned object no longer finds, and a half-stored call. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "./limiter.js";

const take = (limit, windowSeconds, key = null) => ({ limit, windowSeconds, key });

async function until(condition, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) if (await condition()) return;
  assert.fail("it did not happen in time");
}

test("a real alarm empties the store after the window, and the living object counts again from zero", async (t) => {
  const say = await start(t);
  for (let each = 0; each < 3; each++) await say("ada", "take", take(3, 1));
  assert.notEqual(await say("ada", "alarmAt"), null);
  await until(async () => (await say("ada", "alarmAt")) === null);
  const again = await say("ada", "take", take(3, 60));
  assert.deepEqual([again.admitted, again.remaining, again.reset_seconds], [true, 2, 60]);
  assert.notEqual(await say("ada", "alarmAt"), null);
  assert.equal(await say("ada", "stored"), 1);
});

test("the first call sets an alarm, further ones keep it, and cleaning postpones it while entries count", async (t) => {
  const say = await start(t);
  await say("ada", "pass", 0);
  await say("ada", "take", take(9, 100));
  const first = await say("ada", "alarmAt");
  await say("ada", "pass", 60);
  await say("ada", "take", take(9, 100));
  assert.equal(await say("ada", "alarmAt"), first);
  await say("ada", "pass", 40);
  await say("ada", "clean");
  assert.equal(await say("ada", "stored"), 1);
  assert.equal(await say("ada", "alarmAt"), first + 60_000);
});

test("a denied call and a ping leave no alarm and no entry", async (t) => {
  const say = await start(t);
  assert.equal(await say("nobody", "ping"), "ok");
  await say("zero", "take", take(0, 60));
  assert.deepEqual([await say("zero", "stored"), await say("zero", "alarmAt")], [0, null]);
});

test("a limit of 0 denies and returns the whole window as the wait", async (t) => {
  const say = await start(t);
  const decision = await say("ada", "take", take(0, 60));
  assert.deepEqual([decision.admitted, decision.remaining, decision.reset_seconds], [false, 0, 60]);
});

test("a call that fails in the middle leaves nothing", async (t) => {
  const say = await start(t);
  await say("ada", "take", take(5, 60));
  await say("ada", "breakAfterInsert");
  await assert.rejects(say("ada", "take", take(5, 60)), /broken/);
  await say("ada", "mend");
  assert.equal(await say("ada", "stored"), 1);
  assert.equal((await say("ada", "take", take(5, 60))).remaining, 3);
});

test("a thousand denied calls do not grow the store", async (t) => {
  const say = await start(t);
  for (let each = 0; each < 10; each++) await say("ada", "take", take(10, 3600));
  const size = await say("ada", "size");
  for (let round = 0; round < 20; round++) {
    const denied = await Promise.all(Array.from({ length: 50 }, () => say("ada", "take", take(10, 3600))));
    assert.ok(denied.every(({ admitted }) => !admitted));
  }
  assert.equal(await say("ada", "size"), size);
  assert.equal(await say("ada", "stored"), 10);
});

test("an invalid request is refused", async (t) => {
  const say = await start(t);
  const senseless = [
    take(-1, 60),
    take(1.5, 60),
    take("100", 60),
    take(100_001, 60),
    take(1, 0),
    take(1, 0.5),
    take(1, 366 * 86400 + 1),
    take(1, null),
    take(1, 60, ""),
    take(1, 60, 7),
    take(1, 60, "k".repeat(256)),
  ];
  for (const request of senseless)
    await assert.rejects(say("ada", "take", request), /RangeError/, JSON.stringify(request));
  assert.equal(await say("ada", "stored"), 0);
});

test("keys may be any text", async (t) => {
  const say = await start(t);
  for (const key of ["'; drop table calls; --", "é ".repeat(127), "k".repeat(255), "%"]) {
    assert.equal((await say("ada", "take", take(50, 60, key))).counted, true, key);
    assert.equal((await say("ada", "take", take(50, 60, key))).counted, false, key);
  }
});
