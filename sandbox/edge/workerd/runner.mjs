// Runs Workers for the edge: one instance of the Workers runtime for each script, so that a broken one harms no other.
//
// Standard input brings one JSON document a line, {id, scripts: {KEY: {digest, options}}}: the scripts to run from now
// on. Standard output answers {id, states: {KEY: null | "why it does not run"}}. The end of the input ends everything.
// HTTP requests name their script and original URL in the headers x-sandbox-script and x-sandbox-url.

import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

import { Log, LogLevel, Miniflare, Response } from "miniflare";

const { values: settings } = parseArgs({
  options: {
    port: { type: "string" },
    "edge-http": { type: "string" },
    "edge-https": { type: "string" },
    authority: { type: "string" },
    storage: { type: "string" },
  },
});

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);
const CONNECTION_HEADERS = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"]);
const OUTGOING_SECONDS = 30;
const PLACE = { colo: "FRA", country: "DE", httpProtocol: "HTTP/1.1", tlsVersion: "TLSv1.3" };

const trusted = readFileSync(settings.authority);
const agent = new https.Agent({ ca: trusted, keepAlive: false });

/** @type {Map<string, {digest: string, failure: string | null, runtime: Miniflare | null}>} */
const running = new Map();

class StandardErrorLog extends Log {
  log(message) {
    process.stderr.write(`${message}\n`);
  }
}

function endToEnd(headers) {
  return [...headers].filter(([name]) => !CONNECTION_HEADERS.has(name.toLowerCase()));
}

/** A Worker's own request: to this machine directly, to any other host through the edge, never to the network. */
async function outgoing(request) {
  const url = new URL(request.url);
  const secure = url.protocol === "https:";
  const local = LOOPBACK.has(url.hostname);
  const port = local ? url.port || (secure ? 443 : 80) : Number(settings[secure ? "edge-https" : "edge-http"]);
  const body = Buffer.from(await request.arrayBuffer());
  const options = {
    host: "127.0.0.1",
    port,
    method: request.method,
    path: url.pathname + url.search,
    headers: { ...Object.fromEntries(endToEnd(request.headers)), host: url.host, "accept-encoding": "identity" },
    timeout: OUTGOING_SECONDS * 1000,
    ...(secure ? { agent, servername: local ? "localhost" : url.hostname } : {}),
  };
  return new Promise((resolve) => {
    const sent = (secure ? https : http).request(options, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      const pairs = [];
      for (let i = 0; i < answer.rawHeaders.length; i += 2) pairs.push(answer.rawHeaders.slice(i, i + 2));
      const empty = [101, 204, 205, 304].includes(answer.statusCode);
      resolve(new Response(empty ? null : Buffer.concat(parts), { status: answer.statusCode, headers: endToEnd(pairs) }));
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer in ${OUTGOING_SECONDS} s`)));
    sent.on("error", (error) => {
      process.stderr.write(`A Worker's request to ${url.origin}: ${error.message}\n`);
      // What Cloudflare hands a Worker for a host that nobody serves, or that is down.
      resolve(new Response(`error code: ${local ? 521 : 1016}`, { status: local ? 521 : 530 }));
    });
    sent.end(body);
  });
}

/** Another script of the same account, called through a service binding. */
function service(key, name) {
  const target = `${key.slice(0, key.lastIndexOf("/"))}/${name}`;
  return async (request) => {
    const runtime = running.get(target)?.runtime;
    if (!runtime) return new Response(`Worker "${name}" not found.`, { status: 500 });
    return (await runtime.getWorker()).fetch(request);
  };
}

async function start(key, { digest, options }) {
  const { services, ...worker } = options;
  const serviceBindings = Object.fromEntries(Object.entries(services).map(([name, to]) => [name, service(key, to)]));
  const runtime = new Miniflare({
    ...worker,
    serviceBindings,
    outboundService: outgoing,
    cf: false,
    host: "127.0.0.1",
    port: 0,
    telemetry: { enabled: false },
    defaultPersistRoot: `${settings.storage}/${options.name}`,
    log: new StandardErrorLog(LogLevel.WARN),
  });
  try {
    await runtime.ready;
    return { digest, failure: null, runtime };
  } catch (error) {
    await runtime.dispose().catch(() => {});
    return { digest, failure: String(error?.message ?? error), runtime: null };
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
  const { "x-sandbox-script": key, "x-sandbox-url": url, ...headers } = request.headers;
  const runtime = running.get(key)?.runtime;
  if (!runtime) {
    response.writeHead(503, { "x-sandbox-failure": "not running" }).end();
    return;
  }
  headers.host = new URL(url).host;
  try {
    const body = ["GET", "HEAD"].includes(request.method) ? undefined : Buffer.concat(parts);
    const init = { method: request.method, headers: endToEnd(Object.entries(headers)), body, redirect: "manual", cf: PLACE };
    const worker = await runtime.getWorker(); // Unlike dispatchFetch(), this tells an exception from an answer of 500.
    const result = await worker.fetch(url, init);
    // The body arrives decoded.
    const answered = endToEnd(result.headers).filter(([name]) => name !== "content-encoding");
    response.writeHead(result.status, answered.flat());
    response.end(Buffer.from(await result.arrayBuffer()));
  } catch (error) {
    process.stderr.write(`${key}: ${error?.stack ?? error}\n`);
    response.writeHead(500, { "x-sandbox-failure": "threw an exception" }).end();
  }
}

const server = http.createServer((request, response) => {
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
