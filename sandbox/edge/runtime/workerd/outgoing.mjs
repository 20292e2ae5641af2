// A Worker's own requests: directly to this machine, through the edge to any other host, never to the network.

import http from "node:http";
import https from "node:https";
import { Readable } from "node:stream";

import { Response } from "miniflare";

import { next } from "./invocations.mjs";
import { comesBitByBit, endToEnd, pairs } from "./headers.mjs";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);
const SECONDS = 30;

/** Returns a function that, for a script's key, returns the service that sends its requests. */
export function sender({ edgeHttp, edgeHttps, trusted }) {
  const agent = new https.Agent({ ca: trusted, keepAlive: false });
  return (key) => async (request) => {
    const url = new URL(request.url);
    const secure = url.protocol === "https:";
    const local = LOOPBACK.has(url.hostname);
    const port = local ? url.port || (secure ? 443 : 80) : secure ? edgeHttps : edgeHttp;
    const { left, zone } = next(key);
    const body = Buffer.from(await request.arrayBuffer());
    const headers = {
      ...Object.fromEntries(endToEnd(request.headers)),
      host: url.host,
      "accept-encoding": "identity",
      "cf-ew-via": String(left),
      ...(zone && { "cf-worker": zone }),
    };
    const options = {
      host: "127.0.0.1",
      port,
      method: request.method,
      path: url.pathname + url.search,
      headers,
      timeout: SECONDS * 1000,
      ...(secure ? { agent, servername: local ? "localhost" : url.hostname } : {}),
    };
    return new Promise((resolve) => {
      const sent = (secure ? https : http).request(options, async (answer) => {
        const headers = endToEnd(pairs(answer.rawHeaders));
        if (comesBitByBit(headers)) {
          resolve(new Response(Readable.toWeb(answer), { status: answer.statusCode, headers }));
          return;
        }
        const parts = [];
        for await (const part of answer) parts.push(part);
        const empty = [101, 204, 205, 304].includes(answer.statusCode);
        const init = { status: answer.statusCode, headers };
        resolve(new Response(empty ? null : Buffer.concat(parts), init));
      });
      sent.on("timeout", () => sent.destroy(new Error(`no response in ${SECONDS} s`)));
      sent.on("error", (error) => {
        process.stderr.write(`A Worker's request to ${url.origin}: ${error.message}\n`);
        // Cloudflare's response to a Worker for a host that does not exist, or that is down.
        resolve(new Response(`error code: ${local ? 521 : 1016}`, { status: local ? 521 : 530 }));
      });
      sent.end(body);
    });
  };
}
