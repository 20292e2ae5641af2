// Runs Workers for the edge: one instance of the Workers runtime per script, so that a broken script affects no other.
// Only scripts that share Durable Objects share an instance.
//
// Standard input receives one JSON document per line, {id, groups: [{digest, scripts: {KEY: OPTIONS}}]}: the scripts to
// run from now on. Standard output replies {id, states: {KEY: null | "why it does not run"}}. The process stops at the
// end of the input. HTTP requests describe the Worker's request in the header x-sandbox-request: {script, url, headers,
// cf, left, zone}, or {script, scheduled: {cron, time}} for its scheduled handler, whose response is {outcome}.

import { readFileSync } from "node:fs";
import http from "node:http";
import { createInterface } from "node:readline";
import { pipeline, Readable } from "node:stream";
import { parseArgs } from "node:util";

import { Log, LogLevel, Miniflare, Response } from "miniflare";

import { comesBitByBit, endToEnd, pairs } from "./headers.mjs";
import { during, LONGEST_CHAIN, next } from "./invocations.mjs";
import { sender } from "./outgoing.mjs";

const { values: settings } = parseArgs({
  options: {
    port: { type: "string" },
    "edge-http": { type: "string" },
    "edge-https": { type: "string" },
    authority: { type: "string" },
    storage: { type: "string" },
  },
});

const DESCRIPTION = "x-sandbox-request";
const maxHeaderSize = 2 ** 18; // In bytes. The edge accepts 64 KiB from a visitor, which the description may double.
const FRONT = {
  name: "/front", // No script can have this name.
  modules: true,
  script: readFileSync(new URL("./front.js", import.meta.url), "utf8"),
  compatibilityDate: "2026-07-01",
};
const outgoing = sender({
  edgeHttp: Number(settings["edge-http"]),
  edgeHttps: Number(settings["edge-https"]),
  trusted: readFileSync(settings.authority),
});

/** @typedef {{digest: string, runtime: Miniflare}} Instance */

/** The state of each script. @type {Map<string, {digest: string, failure: string | null, instance: Instance | null, url: URL | null}>} */
const running = new Map();

class StandardErrorLog extends Log {
  log(message) {
    process.stderr.write(`${message}\n`);
  }
}

/** Calls the script `key`, and returns the response of its front; events come as a stream. Undefined if the script does not run. */
async function call(key, { method, body, left, zone, ...described }) {
  const url = running.get(key)?.url;
  if (!url) return undefined;
  const binding = nameOf(key);
  const headers = { [DESCRIPTION]: JSON.stringify({ ...described, binding }).replace(/[^ -~]/g, escaped), "content-length": body.length };
  return during(key, { left, zone }, () => {
    const { promise, resolve, reject } = Promise.withResolvers();
    const sent = http.request(url, { method, path: "/", headers, maxHeaderSize, agent: false }, async (answer) => {
      try {
        const { statusCode: status } = answer;
        const headers = pairs(answer.rawHeaders);
        if (comesBitByBit(headers)) return resolve({ status, headers, body: answer });
        const parts = [];
        for await (const part of answer) parts.push(part);
        resolve({ status, headers, body: Buffer.concat(parts) });
      } catch (error) {
        reject(error);
      }
    });
    sent.on("error", reject);
    sent.end(body);
    return promise;
  });
}

/** Returns the JSON escape of a character that headers cannot contain. */
function escaped(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Returns a service binding to another script of the same account. */
function service(key, name) {
  const target = `${key.slice(0, key.lastIndexOf("/"))}/${name}`;
  return async (request) => {
    const { left, zone } = next(key);
    if (!left) return new Response("error code: 1019", { status: 500 });
    const { method, url } = request;
    const body = Buffer.from(await request.arrayBuffer());
    const headers = [...new Map([["host", new URL(url).host], ...endToEnd(request.headers)])];
    const answer = await call(target, { method, url, headers, body, cf: request.cf, left, zone });
    if (!answer) return new Response(`Worker "${name}" not found.`, { status: 500 });
    const empty = [101, 204, 205, 304].includes(answer.status);
    const stream = answer.body instanceof Readable ? Readable.toWeb(answer.body) : answer.body;
    return new Response(empty ? null : stream, { status: answer.status, headers: endToEnd(answer.headers) });
  };
}

/** Returns the name of a script within its account. */
function nameOf(key) {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** Returns an instance that runs these scripts. Throws if it does not start. */
async function instanceOf(digest, scripts) {
  const workers = Object.entries(scripts).map(([key, { services, ...worker }]) => {
    const bound = Object.entries(services).map(([name, to]) => [name, service(key, to)]);
    return { ...worker, serviceBindings: Object.fromEntries(bound), outboundService: outgoing(key) };
  });
  const [first] = Object.keys(scripts);
  const runtime = new Miniflare({
    workers: [{ ...FRONT, serviceBindings: Object.fromEntries(workers.map(({ name }) => [name, name])) }, ...workers],
    cf: false,
    host: "127.0.0.1",
    port: 0,
    telemetry: { enabled: false },
    defaultPersistRoot: `${settings.storage}/${first}`,
    // A class keeps its folder, which no other class uses, when its script joins an instance with other scripts.
    durableObjectsPersist: `${settings.storage}/objects`,
    log: new StandardErrorLog(LogLevel.WARN),
    // The logs of Workers are for people: on standard output they would mix with the replies to the edge.
    handleRuntimeStdio(output, errors) {
      for (const stream of [output, errors]) stream.pipe(process.stderr, { end: false });
    },
  });
  try {
    const url = await runtime.ready;
    return { digest, runtime, url };
  } catch (error) {
    await runtime.dispose().catch(() => {});
    throw error;
  }
}

/** Starts the scripts of a group, and returns their states. If they do not start together, those that need no other start alone. */
async function start({ digest, scripts }) {
  const keys = Object.keys(scripts);
  try {
    const { url, ...instance } = await instanceOf(digest, scripts);
    return keys.map((key) => [key, { digest, failure: null, instance, url }]);
  } catch (error) {
    const failure = error?.message || error?.stack || String(error);
    const failed = (key) => [key, { digest, failure, instance: null, url: null }];
    if (keys.length === 1) return keys.map(failed);
    const needsOther = (key) => Object.values(scripts[key].durableObjects).some(({ scriptName }) => scriptName);
    const alone = keys.filter((key) => !needsOther(key)).map((key) => start({ digest, scripts: { [key]: scripts[key] } }));
    return [...keys.filter(needsOther).map(failed), ...(await Promise.all(alone)).flat()];
  }
}

async function apply(groups) {
  const wanted = groups.map(({ digest, scripts }) => ({ digest: JSON.stringify(digest), scripts }));
  const same = ({ digest, scripts }) => Object.keys(scripts).every((key) => running.get(key)?.digest === digest);
  const kept = new Set(wanted.filter(same).flatMap(({ scripts }) => Object.keys(scripts)));
  const outdated = [...running].filter(([key]) => !kept.has(key));
  for (const [key] of outdated) running.delete(key);
  const instances = new Set(outdated.map(([, { instance }]) => instance));
  await Promise.all([...instances].map((instance) => instance?.runtime.dispose()));
  const started = await Promise.all(wanted.filter((group) => !same(group)).map(start));
  for (const [key, state] of started.flat()) running.set(key, state);
  return Object.fromEntries([...running].map(([key, { failure }]) => [key, failure]));
}

/** Calls the scheduled handler of the script `key`. Undefined if the script does not run. */
async function schedule(key, { cron, time }) {
  const instance = running.get(key)?.instance;
  if (!instance) return undefined;
  return during(key, { left: LONGEST_CHAIN, zone: "" }, async () => {
    const worker = await instance.runtime.getWorker(nameOf(key));
    const { outcome } = await worker.scheduled({ cron, scheduledTime: new Date(time) });
    return { status: 200, headers: [["content-type", "application/json"]], body: Buffer.from(JSON.stringify({ outcome })) };
  });
}

async function answer(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const { script, scheduled, ...described } = JSON.parse(request.headers[DESCRIPTION]);
  const sent = { ...described, method: request.method, body: Buffer.concat(parts) };
  try {
    const result = await (scheduled ? schedule(script, scheduled) : call(script, sent));
    if (!result) {
      response.writeHead(503, { "x-sandbox-failure": "not running" }).end();
      return;
    }
    response.writeHead(result.status, endToEnd(result.headers).flat());
    if (result.body instanceof Readable) {
      response.flushHeaders();
      // A visitor who disconnects ends the Worker's stream, and a broken stream ends the visitor's response.
      pipeline(result.body, response, () => {});
    } else response.end(result.body);
  } catch (error) {
    process.stderr.write(`${script}: ${error?.stack ?? error}\n`);
    response.writeHead(500, { "x-sandbox-failure": "its runtime does not respond" }).end();
  }
}

const server = http.createServer({ maxHeaderSize }, (request, response) => {
  answer(request, response).catch((error) => {
    process.stderr.write(`${error?.stack ?? error}\n`);
    response.destroy();
  });
});
server.listen(Number(settings.port), "127.0.0.1");

async function stop() {
  server.close();
  server.closeAllConnections();
  const instances = new Set([...running.values()].map(({ instance }) => instance));
  await Promise.allSettled([...instances].map((instance) => instance?.runtime.dispose()));
  process.exit(0);
}
process.on("SIGTERM", stop);
process.on("SIGINT", () => {}); // The terminal's Ctrl-C reaches the edge too, which stops this process cleanly.

for await (const line of createInterface({ input: process.stdin })) {
  const { id, groups } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify({ id, states: await apply(groups) })}\n`);
}
await stop();
