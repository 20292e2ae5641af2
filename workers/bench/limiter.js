/**
 * Sends 100,000 concurrent calls to the limiter, 10,000 for each of ten users: does any user get more or less than the limit?
 *
 * Writes one JSON document: {calls, users, limit, admitted: {least, most}, rate, p99}; the rate in calls a second, and p99 of
 * one call in milliseconds, with one user after the other calling alone.
 */

import { Miniflare } from "miniflare";
import { module } from "../tests/gateway/world.js";
import { COMPATIBILITY_DATE } from "../tests/workerd.js";

const [USERS, CALLS, AT_ONCE, LIMIT] = [10, 100_000, 500, 100];
const DRIVER = `export default {
  async fetch(request, env) {
    const { user, times, alone } = await request.json();
    const ask = { limit: ${LIMIT}, windowSeconds: 86400, key: null };
    const stub = env.LIMITER.getByName(user);
    if (!alone) {
      const decisions = await Promise.all(Array.from({ length: times }, () => stub.take(ask)));
      return Response.json(decisions.filter(({ admitted }) => admitted).length);
    }
    const waits = [];
    for (let each = 0; each < times; each++) {
      const begun = performance.now();
      await stub.take(ask);
      waits.push(performance.now() - begun);
    }
    return Response.json(waits);
  },
};`;

const common = { modules: true, compatibilityDate: COMPATIBILITY_DATE };
const runtime = new Miniflare({
  host: "127.0.0.1",
  workers: [
    {
      ...common,
      name: "driver",
      script: DRIVER,
      durableObjects: { LIMITER: { className: "UserLimiter", scriptName: "limiter", useSQLite: true } },
    },
    {
      ...common,
      name: "limiter",
      script: module("limiter"),
      durableObjects: { OWN: { className: "UserLimiter", useSQLite: true } },
    },
  ],
});

async function drive(what) {
  const response = await runtime.dispatchFetch("http://driver/", { method: "POST", body: JSON.stringify(what) });
  return await response.json();
}

try {
  const started = performance.now();
  const admitted = await Promise.all(
    Array.from({ length: USERS }, async (_, user) => {
      let sum = 0;
      for (let called = 0; called < CALLS / USERS; called += AT_ONCE) {
        sum += await drive({ user: `user-${user}`, times: AT_ONCE });
      }
      return sum;
    }),
  );
  const rate = CALLS / ((performance.now() - started) / 1000);
  const waits = [];
  for (let user = 0; user < 5; user++) waits.push(...(await drive({ user: `calm-${user}`, times: 200, alone: true })));
  waits.sort((a, b) => a - b);
  const range = { least: Math.min(...admitted), most: Math.max(...admitted) };
  const p99 = waits[Math.floor(waits.length * 0.99)];
  console.log(JSON.stringify({ calls: CALLS, users: USERS, limit: LIMIT, admitted: range, rate, p99 }));
} finally {
  await runtime.dispose();
}
