/** Plays the cases of contract/rate_limit.json, and records the decision on each call. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

export const CONTRACT = JSON.parse(readFileSync(new URL("../../../contract/rate_limit.json", import.meta.url), "utf8"));
export const TABLE = CONTRACT.cases.table;

/** Runs the steps of one case; returns the decisions of each step of calls. `say` calls the limiter of a user. */
export async function play(id, steps, say) {
  const request = {};
  const answers = [];
  const users = new Set(["a", "b"].map((user) => `${id}/${user}`));
  for (const user of users) await say(user, "pass", 0); // The clock stands still from here on.
  for (const [index, step] of steps.entries()) {
    const where = `${id}, step ${index + 1}: ${JSON.stringify(step)}`;
    if (step.configure) {
      Object.assign(request, { limit: step.configure.limit, windowSeconds: step.configure.window_seconds });
    } else if (step.call) {
      const { user = "a", key = null, times = 1, concurrent = false } = step.call;
      const one = () => say(`${id}/${user}`, "take", { ...request, key });
      const decisions = [];
      if (concurrent) decisions.push(...(await Promise.all(Array.from({ length: times }, one))));
      else for (let each = 0; each < times; each++) decisions.push(await one());
      answers.push(decisions);
      const found = { ...decisions.at(-1), admitted_calls: decisions.filter(({ admitted }) => admitted).length };
      for (const [name, value] of Object.entries(step.expect)) assert.equal(found[name], value, `${name}; ${where}`);
      assert.deepEqual(Object.keys(decisions[0]).sort(), Object.keys(CONTRACT.decision.fields).sort(), where);
    } else if (step.stored) {
      assert.equal(await say(`${id}/${step.stored.user ?? "a"}`, "stored"), step.stored.entries, where);
    } else if (step.pass !== undefined) {
      for (const user of users) await say(user, "pass", step.pass);
    } else if (step.clean) {
      for (const user of users) await say(user, "clean");
    } else {
      assert.fail(`an unknown step: ${where}`);
    }
  }
  return answers;
}
