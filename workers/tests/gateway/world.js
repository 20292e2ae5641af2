/** The gateway, its limiter, an auth server and an upstream, in the real runtime and on loopback. */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { Miniflare } from "miniflare";
import { COMPATIBILITY_DATE } from "../workerd.js";

export const HOST = "echome.prductr.com";
export const SECRET = "s3cr3t-of-the-stack-0123456789abcdef";
/** Returns the module of a Worker as it is uploaded. */
export const module = (name) => readFileSync(new URL(`../../${name}/dist/index.js`, import.meta.url), "utf8");

/** Starts an HTTP server on a free loopback port; returns its `url` and the requests that it has `seen`. */
export async function serve(t, handler) {
  const seen = [];
  const server = createServer((request, response) => {
    seen.push(request);
    handler(request, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, seen, server };
}

/** Responds with the received request, as JSON. */
export function echo(request, response) {
  const chunks = [];
  request.on("error", () => {});
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const { method, url, headers } = request;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ method, url, headers, body: `${Buffer.concat(chunks)}` }));
  });
}

/** Starts an auth server, which publishes keys and signs tokens. `answer` replaces its response for the key set. */
export class Auth {
  static async start(t) {
    const auth = new Auth();
    auth.fetches = 0;
    auth.answer = null;
    auth.keys = [];
    await auth.rotate();
    const { url } = await serve(t, (request, response) => {
      auth.fetches += 1;
      if (auth.answer) return auth.answer(request, response);
      if (request.url !== "/neondb/auth/.well-known/jwks.json") return response.writeHead(404).end();
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ keys: auth.keys.map(({ public: key }) => key) }));
    });
    auth.origin = url;
    auth.url = `${url}/neondb/auth`;
    return auth;
  }

  /** Creates a new key that signs from now on; the earlier ones stay published unless `drop` is true. */
  async rotate({ drop = false } = {}) {
    const key = await newKey();
    this.keys = drop ? [key] : [...this.keys, key];
    return key;
  }

  /** Returns a token as Neon Auth issues it, with the given differences. An undefined claim is omitted. */
  async token({ claims = {}, header = {}, key = this.keys.at(-1) } = {}) {
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iat: now,
      exp: now + 900,
      iss: this.origin,
      aud: this.origin,
      sub: "user-1",
      role: "authenticated",
      banned: false,
      ...claims,
    };
    for (const [name, value] of Object.entries(payload)) if (value === undefined) delete payload[name];
    return await new SignJWT(payload)
      .setProtectedHeader({ alg: "EdDSA", kid: key.public.kid, ...header })
      .sign(key.private);
  }
}

/** Returns a key pair for EdDSA, the public key as it is published. */
export async function newKey(kid = randomUUID()) {
  const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  return { private: privateKey, public: { ...(await exportJWK(publicKey)), kid, alg: "EdDSA" } };
}

/**
 * Starts the gateway in front of `upstream`, by default the echo. `bindings` change its variables; null removes one.
 * `limiter` is the module of another limiter.
 */
export async function start(t, { bindings = {}, upstream, limiter, auth } = {}) {
  const issuer = auth ?? (await Auth.start(t));
  const target = upstream ?? (await serve(t, echo));
  const lines = [];
  const all = {
    VERSION: "0123456789ab",
    HOST,
    AUTH_URL: issuer.url,
    UPSTREAM_URL: target.url,
    UPSTREAM_SECRET: SECRET,
    ...bindings,
  };
  const common = { modules: true, compatibilityDate: COMPATIBILITY_DATE };
  const runtime = new Miniflare({
    host: "127.0.0.1",
    handleRuntimeStdio(stdout, stderr) {
      for (const stream of [stdout, stderr])
        stream.on("data", (data) => lines.push(...`${data}`.split("\n").filter(Boolean)));
    },
    workers: [
      {
        ...common,
        name: "echome",
        script: module("gateway"),
        bindings: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)),
        durableObjects: { LIMITER: { className: "UserLimiter", scriptName: "limiter", useSQLite: true } },
        unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      },
      {
        ...common,
        name: "limiter",
        script: limiter ?? module("limiter"),
        durableObjects: { OWN: { className: "UserLimiter", useSQLite: true } },
      },
    ],
  });
  t.after(() => runtime.dispose());
  await runtime.ready;
  const direct = await runtime.unsafeGetDirectURL("echome");
  const world = { auth: issuer, upstream: target, runtime, lines };
  world.ask = (path, init = {}) => runtime.dispatchFetch(`https://${HOST}${path}`, { redirect: "manual", ...init });
  /** Calls as a signed-in user. `user` and `claims` are the token's. */
  world.call = async (path, { user = "user-1", claims, headers, ...init } = {}) => {
    const token = await issuer.token({ claims: { sub: user, ...claims } });
    return world.ask(path, { ...init, headers: { authorization: `Bearer ${token}`, ...headers } });
  };
  /** Sends raw bytes, past any client that would normalise them; resolves to the whole response as text. */
  world.raw = (text, { seconds = 10 } = {}) => raw(direct, text, seconds);
  /** Returns the lines of the log that are JSON and of that event. */
  world.logged = (event) =>
    lines.flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : [])).filter((line) => line.event === event);
  /** Resolves to those lines as soon as there are enough: the runtime writes them a little later. */
  world.loggedAll = async (event, least) => {
    for (let each = 0; each < 100 && world.logged(event).length < least; each++) await sleep(100);
    return world.logged(event);
  };
  return world;
}

function raw(url, text, seconds) {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname);
    const parts = [];
    const timer = setTimeout(() => socket.destroy(), seconds * 1000);
    socket.on("data", (data) => parts.push(data));
    socket.on("error", (error) => (parts.length ? undefined : reject(error)));
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(parts).toString("latin1"));
    });
    socket.end(text);
  });
}

/** Returns the problem in a response, after checks of its common parts. */
export async function problem(response, status, code, assert) {
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal(response.headers.get("cache-control"), "no-store");
  const body = JSON.parse(text);
  assert.equal(body.status, status);
  assert.equal(body.code, code);
  assert.equal(body.instance, `urn:uuid:${response.headers.get("x-request-id")}`);
  return body;
}
