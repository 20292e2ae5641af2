/** Tokens by name: the good one, and every kind that must be refused. */

import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { newKey } from "./world.js";

const part = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const now = () => Math.floor(Date.now() / 1000);

/** Kind -> claims that differ from a good token's. */
const CLAIMS = {
  good: () => ({}),
  expired: () => ({ exp: now() - 3600 }),
  "expired 6 s ago": () => ({ exp: now() - 6 }),
  "expired 3 s ago": () => ({ exp: now() - 2 }),
  "not yet valid": () => ({ nbf: now() + 60 }),
  "valid in 3 s": () => ({ nbf: now() + 3 }),
  "another issuer": () => ({ iss: "https://ep-review.neonauth.example" }),
  "issuer with the path": ({ url }) => ({ iss: url }),
  "issuer with a slash": ({ origin }) => ({ iss: `${origin}/` }),
  "another audience": () => ({ aud: "https://ep-review.neonauth.example" }),
  "two audiences": ({ origin }) => ({ aud: [origin, "https://elsewhere.example"] }),
  "no audience": () => ({ aud: undefined }),
  "no issuer": () => ({ iss: undefined }),
  "no expiry": () => ({ exp: undefined }),
  "expiry as text": () => ({ exp: String(now() + 900) }),
  "no subject": () => ({ sub: undefined }),
  "empty subject": () => ({ sub: "" }),
  "subject with a line break": () => ({ sub: "a\r\nx-admin: 1" }),
  "subject with a space": () => ({ sub: "a b" }),
  "subject beyond ASCII": () => ({ sub: "üser" }),
  "subject of 256 characters": () => ({ sub: "a".repeat(256) }),
  "subject as a list": () => ({ sub: ["user-1"] }),
  "subject as a number": () => ({ sub: 1 }),
  banned: () => ({ banned: true }),
  "banned as text": () => ({ banned: "true" }),
  "banned as a number": () => ({ banned: 1 }),
  "organization with a line break": () => ({ o: { id: "o\r\nx-admin: 1", role: "owner" } }),
};

/** Kind -> members of the header that differ; the good key signs these tokens nevertheless. */
const HEADERS = {
  "alg missing": { alg: undefined },
  "alg as a list": { alg: ["EdDSA"] },
  "alg Ed25519": { alg: "Ed25519" },
  "alg None": { alg: "None" },
  "jku in the header": { jku: "https://evil.example/jwks.json" },
  "x5u in the header": { x5u: "https://evil.example/cert.pem" },
  "x5c in the header": { x5c: ["MIIB"] },
  "crit in the header": { crit: ["exp"] },
  "b64 in the header": { b64: true },
  "zip in the header": { zip: "DEF" },
  "no key id": { kid: undefined },
  "key id as a path": { kid: "../../dev/null" },
  "key id with SQL": { kid: "x' union select 'key" },
  "key id as an object": { kid: { $ne: null } },
  "key id of 256 characters": { kid: "k".repeat(256) },
  "type of another token": { typ: "dpop+jwt" },
};

/** Returns the token of that kind. */
export async function token(kind, auth) {
  if (kind in CLAIMS) return await auth.token({ claims: CLAIMS[kind](auth) });
  if (kind in HEADERS) return await signed(auth, HEADERS[kind]);
  const make = MADE[kind];
  if (!make) throw new Error(`no such kind of token: ${kind}`);
  return await make(auth, await auth.token());
}

const MADE = {
  "another key": async (auth) => auth.token({ key: await newKey() }),
  "another key under a known id": async (auth) => auth.token({ key: await newKey(auth.keys[0].public.kid) }),
  "signature of another token": async (auth, good) => {
    const other = await auth.token({ claims: { sub: "user-2" } });
    return [...other.split(".").slice(0, 2), good.split(".")[2]].join(".");
  },
  "signature cut": (_, good) => good.slice(0, -4),
  "signature empty": (_, good) => `${good.split(".").slice(0, 2).join(".")}.`,
  "payload changed": (_, good) => {
    const [header, payload, signature] = good.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url"));
    return [header, part({ ...claims, sub: "admin" }), signature].join(".");
  },
  "alg none": (auth, good) => `${part({ alg: "none", kid: id(auth) })}.${good.split(".")[1]}.AA`,
  "alg none without signature": (auth, good) => `${part({ alg: "none", kid: id(auth) })}.${good.split(".")[1]}.`,
  "HMAC with the public key": (auth, good) => {
    const signing = `${part({ alg: "HS256", kid: id(auth) })}.${good.split(".")[1]}`;
    return `${signing}.${createHmac("sha256", JSON.stringify(auth.keys[0].public)).update(signing).digest("base64url")}`;
  },
  RSA: (auth, good) => asymmetric("RS256", generateKeyPairSync("rsa", { modulusLength: 2048 }), auth, good),
  ES256: (auth, good) => asymmetric("ES256", generateKeyPairSync("ec", { namedCurve: "P-256" }), auth, good),
  "jwk in the header": async (auth) => {
    const own = await newKey(id(auth));
    return auth.token({ key: own, header: { jwk: own.public } });
  },
  "header is not JSON": (_, good) => [part("{alg"), ...good.split(".").slice(1)].join("."),
  "payload is not JSON": (auth) => signedText(auth, "not JSON"),
  "payload is a list": (auth) => signedText(auth, "[]"),
  "two parts": (_, good) => good.split(".").slice(0, 2).join("."),
  "four parts": (_, good) => `${good}.${good.split(".")[2]}`,
  "five parts, encrypted": () => [part({ alg: "dir", enc: "A256GCM" }), "", "AA", "AA", "AA"].join("."),
  padded: (_, good) => `${good}==`,
  "standard base64": (_, good) => `${good.slice(0, -2)}+/`,
  "not a token": () => "opensesame",
  empty: () => "",
  "8,193 characters": (auth) => auth.token({ claims: { name: "n".repeat(7000) } }),
};

const id = (auth) => auth.keys[0].public.kid;

/** Returns a token signed by the good key, with a header that a library would refuse to write. */
async function signed(auth, header) {
  return sign(auth, header, JSON.stringify({ iss: auth.origin, aud: auth.origin, sub: "user-1", exp: now() + 900 }));
}

async function signedText(auth, payload) {
  return sign(auth, {}, payload);
}

async function sign(auth, header, payload) {
  const all = { alg: "EdDSA", kid: id(auth), ...header };
  const signing = `${part(all)}.${part(payload)}`;
  const key = auth.keys[0].private;
  const signature = await crypto.subtle.sign("Ed25519", key, new TextEncoder().encode(signing));
  return `${signing}.${Buffer.from(signature).toString("base64url")}`;
}

function asymmetric(alg, { privateKey }, auth, good) {
  const signing = `${part({ alg, kid: id(auth) })}.${good.split(".")[1]}`;
  return `${signing}.${createSign("sha256").update(signing).sign(privateKey, "base64url")}`;
}
