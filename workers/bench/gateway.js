/**
 * Measures the gateway, with verification and limit on, against a Worker that only forwards calls: in one runtime, in turns,
 * with an upstream that responds immediately and with one that takes 5 ms, which is less than any network.
 *
 * Writes one JSON document: {"0": {passthrough: {p50, p99, rate, cpu}, gateway: {…}}, "5": …}. Times are in milliseconds, rates
 * in calls a second; cpu is the runtimes' CPU time for a call, upstream included, which no busy neighbour changes.
 */

import { readdirSync, readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { Miniflare } from "miniflare";
import { Auth, HOST, module, SECRET } from "../tests/gateway/world.js";
import { COMPATIBILITY_DATE } from "../tests/workerd.js";

const USERS = 20;
const ROUNDS = 50; // Short ones, in turns, so that other load on the machine affects both alike.
const CALLS = 60;
const CONNECTIONS = 4; // Few enough that they wait for the upstream and not for this machine.
const PASSTHROUGH = `export default {
  fetch(request, env) {
    const { pathname, search } = new URL(request.url);
    return fetch(env.UPSTREAM_URL + pathname + search, request);
  },
};`;
const upstream = (milliseconds) => `export default {
  async fetch() {
    ${milliseconds ? `await scheduler.wait(${milliseconds});` : ""}
    return new Response('{"ok":true}', { headers: { "content-type": "application/json" } });
  },
};`;

const afters = [];
const t = { after: (work) => afters.push(work) };

/** Calls `address` as every user in turn; returns the milliseconds of each call, and the calls per second. */
async function round(address, tokens) {
  const before = computed();
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times = [];
  let next = 0;
  const started = performance.now();
  const one = async () => {
    while (next < CALLS) {
      const token = tokens[next++ % tokens.length];
      const begun = performance.now();
      await call(address, agent, token);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  agent.destroy();
  return { times, rate: (CALLS / (performance.now() - started)) * 1000, cpu: (computed() - before) / CALLS };
}

/** Returns the CPU milliseconds of the runtimes that this process started, which no busy neighbour changes. */
function computed() {
  const children = readdirSync("/proc").filter((id) => /^\d+$/.test(id) && parent(id) === String(process.pid));
  return children.reduce((sum, id) => sum + threads(id).reduce((a, b) => a + b, 0), 0);
}

function threads(id) {
  return readdirSync(`/proc/${id}/task`).map(
    (task) => Number(readFileSync(`/proc/${id}/task/${task}/schedstat`, "utf8").split(" ")[0]) / 1e6,
  );
}

function parent(id) {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
  } catch {
    return ""; // It has just ended.
  }
}

function call(address, agent, token) {
  return new Promise((resolve, reject) => {
    const headers = { host: HOST, authorization: `Bearer ${token}` };
    const sent = request(new URL("/v1/agents", address), { agent, headers }, (answer) => {
      answer
        .resume()
        .on("end", () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}`))));
    });
    sent.on("error", reject).end();
  });
}

function summary(rounds) {
  const times = rounds.flatMap((each) => each.times).sort((a, b) => a - b);
  const rates = rounds.map(({ rate }) => rate).sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)];
  const computing = rounds.map(({ cpu }) => cpu).sort((a, b) => a - b);
  const middle = Math.floor(rounds.length / 2);
  return { p50: at(0.5), p99: at(0.99), rate: rates[middle], cpu: computing[middle] };
}

const COMMON = { modules: true, compatibilityDate: COMPATIBILITY_DATE };
const DIRECT = { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] };

/** Starts an instance of the runtime; returns it, and the addresses of its Workers. */
async function launch(workers) {
  const quiet = (...streams) => {
    for (const stream of streams) stream.resume();
  };
  const runtime = new Miniflare({ host: "127.0.0.1", handleRuntimeStdio: quiet, workers });
  t.after(() => runtime.dispose());
  await runtime.ready;
  const named = workers.filter(({ unsafeDirectSockets }) => unsafeDirectSockets).map(({ name }) => name);
  const urls = await Promise.all(named.map(async (name) => [name, await runtime.unsafeGetDirectURL(name)]));
  return Object.fromEntries(urls);
}

/** Measures both Workers in turns, in front of an upstream that takes `milliseconds`. */
async function compare(auth, milliseconds) {
  const behind = await launch([{ ...COMMON, ...DIRECT, name: "upstream", script: upstream(milliseconds) }]);
  const bindings = {
    VERSION: "0123456789ab",
    HOST,
    AUTH_URL: auth.url,
    UPSTREAM_URL: behind.upstream.origin,
    UPSTREAM_SECRET: SECRET,
    RATE_LIMIT_PLANS: JSON.stringify({ default_plan: "a", plans: { a: { limit: 1000, window_seconds: 86_400 } } }),
  };
  const LIMITER = { className: "UserLimiter", scriptName: "limiter", useSQLite: true };
  const OWN = { className: "UserLimiter", useSQLite: true };
  const addresses = await launch([
    { ...COMMON, ...DIRECT, name: "passthrough", script: PASSTHROUGH, bindings },
    { ...COMMON, ...DIRECT, name: "gateway", script: module("gateway"), bindings, durableObjects: { LIMITER } },
    { ...COMMON, name: "limiter", script: module("limiter"), durableObjects: { OWN } },
  ]);
  const signed = (_, n) => auth.token({ claims: { sub: `user-${n}` } });
  const tokens = await Promise.all(Array.from({ length: USERS }, signed));
  const found = { passthrough: [], gateway: [] };
  const names = Object.keys(found);
  for (let warm = 0; warm < 10; warm++) for (const name of names) await round(addresses[name], tokens);
  for (let each = 0; each < ROUNDS; each++) {
    for (const name of each % 2 ? names.toReversed() : names) found[name].push(await round(addresses[name], tokens));
  }
  return Object.fromEntries(names.map((name) => [name, summary(found[name])]));
}

try {
  const auth = await Auth.start(t);
  console.log(JSON.stringify({ 0: await compare(auth, 0), 5: await compare(auth, 5) }));
} finally {
  for (const work of afters) await work();
}
