// Runs Workers for the edge: one instance of the Workers runtime for each script, so that a broken one harms no other.
//
// Standard input brings one JSON document a line, {id, scripts: {KEY: {digest, options}}}: the scripts to run from now
// on. Standard output answers {id, states: {KEY: null | "why it does not run"}}. The end of the input ends everything.
// HTTP requests say in the header x-sandbox-request what the Worker shall get: {script, url, headers, cf, left, zone}.

import { readFileSync } from "node:fs";
import http from "node:http";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

import { Log, LogLevel, Miniflare, Response } from "miniflare";

import { endToEnd, pairs } from "./headers.mjs";
import { during, next } from "./invocations.mjs";
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
const maxHeaderSize = 2 ** 18; // In bytes. The edge takes 64 KiB from a visitor, which the description may double.
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

/** @type {Map<string, {digest: string, failure: string | null, runtime: Miniflare | null, url: URL | null}>} */
const running = new Map();

class StandardErrorLog extends Log {
  log(message) {
    process.stderr.write(`${message}\n`);
  }
}

/** Calls the script `key`; the answer of its front. Undefined if the script does not run. */
async function call(key, { method, body, left, zone, ...described }) {
  const url = running.get(key)?.url;
  if (!url) return undefined;
  const headers = { [DESCRIPTION]: JSON.stringify(described).replace(/[^ -~]/g, escaped), "content-length": body.length };
  return during(key, { left, zone }, () => {
    const { promise, resolve, reject } = Promise.withResolvers();
    const sent = http.request(url, { method, path: "/", headers, maxHeaderSize, agent: false }, async (answer) => {
      try {
        const parts = [];
        for await (const part of answer) parts.push(part);
        resolve({ status: answer.statusCode, headers: pairs(answer.rawHeaders), body: Buffer.concat(parts) });
      } catch (error) {
        reject(error);
      }
    });
    sent.on("error", reject);
    sent.end(body);
    return promise;
  });
}

/** A character that no header may hold, as JSON may write it. */
function escaped(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Another script of the same account, called through a service binding. */
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
    return new Response(empty ? null : answer.body, { status: answer.status, headers: endToEnd(answer.headers) });
  };
}

async function start(key, { digest, options }) {
  const { services, ...worker } = options;
  const serviceBindings = Object.fromEntries(Object.entries(services).map(([name, to]) => [name, service(key, to)]));
  const runtime = new Miniflare({
    workers: [
      { ...FRONT, serviceBindings: { WORKER: worker.name } },
      { ...worker, serviceBindings, outboundService: outgoing(key) },
    ],
    cf: false,
    host: "127.0.0.1",
    port: 0,
    telemetry: { enabled: false },
    defaultPersistRoot: `${settings.storage}/${worker.name}`,
    log: new StandardErrorLog(LogLevel.WARN),
  });
  try {
    return { digest, failure: null, runtime, url: await runtime.ready };
  } catch (error) {
    await runtime.dispose().catch(() => {});
    return { digest, failure: String(error?.message ?? error), runtime: null, url: null };
  }
}

async function apply(scripts) {
  const outdated = [...running].filter(([key, { digest }]) => scripts[key]?.digest !== digest);
  await Promise.all(
    outdated.map(async ([key, { runtime }]) => {
      running.delete(key);
      await runtime?.dispose();
    }),
  );
  const fresh = Object.entries(scripts).filter(([key]) => !running.has(key));
  await Promise.all(fresh.map(async ([key, script]) => running.set(key, await start(key, script))));
  return Object.fromEntries([...running].map(([key, { failure }]) => [key, failure]));
}

async function answer(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const { script, ...described } = JSON.parse(request.headers[DESCRIPTION]);
  try {
    const result = await call(script, { ...described, method: request.method, body: Buffer.concat(parts) });
    if (!result) {
      response.writeHead(503, { "x-sandbox-failure": "not running" }).end();
      return;
    }
    response.writeHead(result.status, endToEnd(result.headers).flat());
    response.end(result.body);
  } catch (error) {
    process.stderr.write(`${script}: ${error?.stack ?? error}\n`);
    response.writeHead(500, { "x-sandbox-failure": "its runtime does not answer" }).end();
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
  await Promise.allSettled([...running.values()].map(({ runtime }) => runtime?.dispose()));
  process.exit(0);
}
process.on("SIGTERM", stop);
process.on("SIGINT", () => {}); // The terminal's Ctrl-C reaches the edge too, which ends this process in order.

for await (const line of createInterface({ input: process.stdin })) {
  const { id, scripts } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify({ id, states: await apply(scripts) })}\n`);
}
await stop();
