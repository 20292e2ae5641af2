import { createLocalJWKSet, type JSONWebKeySet, type JWK, type JWTVerifyGetKey } from "jose";
import type { Configuration } from "./configuration.ts";
import { Refusal } from "./refusal.ts";

const COOLDOWN_MILLISECONDS = 30_000;
const PAUSE_MILLISECONDS = 5_000;
const LOOK_MILLISECONDS = 20;
const LARGEST_BYTES = 64 * 1024;

/** Lets work continue after its request has ended. */
export type Keep = (work: Promise<unknown>) => void;

interface Copy {
  readonly resolve: JWTVerifyGetKey;
  readonly ids: ReadonlySet<string>;
  readonly at: number;
}

/**
 * The public keys that verify tokens, as the auth server publishes them, and the last good copy of them.
 *
 * One instance serves an isolate. The runtime ties a fetch to its request, so no other request may await it: the others
 * poll for its completion. `keep` (waitUntil) lets it continue after the client of its request has gone.
 * A caller that cannot be verified because the keys are unavailable gets 503, not 401: the token may be good.
 */
export class KeySet {
  readonly #url: string;
  readonly #settings: Configuration["keys"];
  #copy: Copy | null = null;
  #failed = Number.NEGATIVE_INFINITY;
  #fetching = Number.NEGATIVE_INFINITY;

  constructor({ authUrl, keys }: Pick<Configuration, "authUrl" | "keys">) {
    this.#url = `${authUrl}/.well-known/jwks.json`;
    this.#settings = keys;
  }

  /**
   * Keys among which the one named `id` is, if there is such a key at all. Waits for `timeout` at most.
   * Throws a Refusal (503) if only a fetch could tell, and none succeeds.
   */
  async holding(id: string, keep: Keep): Promise<JWTVerifyGetKey> {
    const { maximumAge, stale } = this.#settings;
    const copy = this.#copy;
    const age = copy ? Date.now() - copy.at : Number.POSITIVE_INFINITY;
    const known = copy?.ids.has(id) ?? false;
    if (copy && age < maximumAge && (known || age < Math.min(COOLDOWN_MILLISECONDS, maximumAge / 2)))
      return copy.resolve;
    const usable = copy && known && age < maximumAge + stale ? copy : null;
    if (usable && this.#isBeingFetched()) return usable.resolve;
    const fresh = await this.refresh(keep);
    if (fresh) return fresh.resolve;
    if (usable) return usable.resolve;
    throw new Refusal(503, "keys_unavailable", "Service unavailable", "Tokens cannot be verified at the moment.", {
      "retry-after": String(PAUSE_MILLISECONDS / 1000),
    });
  }

  /** Fetches the keys, unless that has just failed, or another request does. Null if there are no newer ones then. */
  async refresh(keep: Keep): Promise<Copy | null> {
    if (this.#isBeingFetched()) return await this.#fetchedByAnother();
    if (Date.now() - this.#failed < PAUSE_MILLISECONDS) return null;
    const fetching = this.#renew();
    keep(fetching);
    return await fetching;
  }

  async #renew(): Promise<Copy | null> {
    this.#fetching = Date.now();
    try {
      this.#copy = await this.#fetch();
      this.#failed = Number.NEGATIVE_INFINITY;
      return this.#copy;
    } catch (error) {
      this.#failed = Date.now();
      console.error(JSON.stringify({ event: "keys_unavailable", error: String(error) }));
      return null;
    } finally {
      this.#fetching = Number.NEGATIVE_INFINITY;
    }
  }

  async #fetchedByAnother(): Promise<Copy | null> {
    const before = this.#copy;
    while (this.#isBeingFetched()) await scheduler.wait(LOOK_MILLISECONDS);
    return this.#copy === before ? null : this.#copy;
  }

  #isBeingFetched(): boolean {
    return Date.now() - this.#fetching < this.#settings.timeout;
  }

  async #fetch(): Promise<Copy> {
    const signal = AbortSignal.timeout(this.#settings.timeout);
    const headers = { accept: "application/json" };
    const response = await fetch(this.#url, { headers, redirect: "manual", signal });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`the key set's address answers ${response.status}`);
    }
    const text = await bounded(response);
    const keys = usable(JSON.parse(text));
    // A set without a key counts as a failure: it would lock everybody out.
    if (!keys.length) throw new Error("the key set holds no key for EdDSA");
    const ids = new Set(keys.map(({ kid }) => kid as string));
    return { resolve: createLocalJWKSet({ keys }), ids, at: Date.now() };
  }
}

async function bounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LARGEST_BYTES) throw new Error(`the key set is larger than ${LARGEST_BYTES} bytes`);
  }
  return text;
}

function usable(set: JSONWebKeySet | null): JWK[] {
  if (!Array.isArray(set?.keys)) throw new Error("what was fetched is not a key set");
  return set.keys.filter(
    (key) =>
      key?.kty === "OKP" &&
      key.crv === "Ed25519" &&
      typeof key.kid === "string" &&
      key.d === undefined &&
      (key.use === undefined || key.use === "sig") &&
      (key.alg === undefined || key.alg === "EdDSA"),
  );
}
