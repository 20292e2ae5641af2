import {
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  type ProtectedHeaderParameters,
} from "jose";
import type { Keep, KeySet } from "./key_set.ts";
import { Refusal } from "./refusal.ts";

/** The caller, as the auth server signed it. */
export interface Caller {
  /** The token's `sub`. */
  readonly user: string;
  /** The active organization as of the token's issue: a hint, since the database checks membership. */
  readonly organization: string | null;
}

/** The expectations that a token is verified against. */
export interface Expected {
  readonly keys: KeySet;
  readonly keep: Keep;
  /** Issuer and audience. */
  readonly issuer: string;
  /** The realm of challenges. */
  readonly service: string;
}

/** The most recently verified tokens: a good signature stays good while the key set is the same. */
const verified = new Map<string, Verified>();
const MOST_VERIFIED = 500;

interface Verified {
  readonly id: string;
  readonly keys: JWTVerifyGetKey;
  readonly caller: Caller;
  /** Milliseconds since 1970. */
  readonly until: number;
}

const ALGORITHMS = ["EdDSA"];
const SKEW_SECONDS = 5;
const LONGEST_TOKEN = 8192;
const LONGEST_ID = 255;
const BEARER = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;
/** Header parameters that are refused: a key comes only from the key set, and no extension is supported. */
const FORBIDDEN = ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip", "enc"];

/** Returns the request's caller. Throws a Refusal: 401 without a good token, 403 for a banned user, 503 without keys. */
export async function verify(headers: Headers, expected: Expected): Promise<Caller> {
  const refuse = (code: string, description: string) => unauthorized(expected.service, code, description);
  const value = headers.get("authorization");
  if (value === null) throw unauthorized(expected.service);
  if (value.length > LONGEST_TOKEN) throw refuse("token_too_long", "The token is too long");
  // Two Authorization headers arrive as one, joined by a comma, which no token contains.
  const token = BEARER.exec(value)?.[1];
  if (token === undefined) throw refuse("token_malformed", "The header does not hold one bearer token");
  const earlier = verified.get(token);
  if (
    earlier &&
    Date.now() < earlier.until &&
    (await expected.keys.holding(earlier.id, expected.keep)) === earlier.keys
  ) {
    return earlier.caller;
  }
  verified.delete(token);
  const id = keyId(token);
  if (id === null) throw refuse("token_header", "The header of the token is not acceptable");
  const keys = await expected.keys.holding(id, expected.keep);
  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(token, keys, {
      algorithms: ALGORITHMS,
      issuer: expected.issuer,
      audience: expected.issuer,
      clockTolerance: SKEW_SECONDS,
      requiredClaims: ["sub", "exp"],
    }));
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw refuse(...reason(error));
  }
  const found = caller(payload, expected, refuse);
  remember(token, { id, keys, caller: found, until: ((payload.exp as number) + SKEW_SECONDS) * 1000 });
  return found;
}

function remember(token: string, entry: Verified): void {
  if (verified.size >= MOST_VERIFIED) verified.delete(verified.keys().next().value as string);
  verified.set(token, entry);
}

function caller(payload: JWTPayload, expected: Expected, refuse: (code: string, why: string) => Refusal): Caller {
  if (payload.aud !== expected.issuer) throw refuse("token_claims", "The token is meant for others too");
  if (!isId(payload.sub)) throw refuse("token_claims", "The token names no user");
  if (payload.banned !== undefined && payload.banned !== null && payload.banned !== false) {
    throw new Refusal(403, "banned", "Forbidden", "This account is banned.");
  }
  const active = payload.o as { id?: unknown } | null | undefined;
  return { user: payload.sub, organization: isId(active?.id) ? active.id : null };
}

/** Returns the id of the key that the token's header names; null if the header is not acceptable. */
function keyId(token: string): string | null {
  let header: ProtectedHeaderParameters;
  try {
    header = decodeProtectedHeader(token);
  } catch {
    return null;
  }
  const { alg, kid, typ } = header;
  if (typeof alg !== "string" || !ALGORITHMS.includes(alg)) return null;
  if (FORBIDDEN.some((name) => Object.hasOwn(header, name))) return null;
  if (typ !== undefined && String(typ).toUpperCase() !== "JWT") return null;
  return isId(kid) ? kid : null;
}

/** Whether `value` may be in headers and name an object: printable ASCII without spaces. */
function isId(value: unknown): value is string {
  return typeof value === "string" && value.length <= LONGEST_ID && /^[!-~]+$/.test(value);
}

function reason(error: errors.JOSEError): [string, string] {
  if (error instanceof errors.JWTExpired) return ["token_expired", "The token has expired"];
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "nbf") return ["token_not_yet_valid", "The token is not valid yet"];
    return ["token_claims", "A claim of the token is not acceptable"];
  }
  return ["token_signature", "The token is not signed by a known key"];
}

/** Returns a 401 with a challenge of RFC 6750, without an error code if no credentials were sent. */
function unauthorized(realm: string, code = "token_missing", description = ""): Refusal {
  const error = description ? `, error="invalid_token", error_description="${description}"` : "";
  return new Refusal(401, code, "Unauthorized", `${description || "A bearer token is needed"}.`, {
    "www-authenticate": `Bearer realm="${realm}"${error}`,
  });
}
