/**
 * Holds the host of Conductor until the product is there: 503 with Retry-After, so that search engines come back, and a
 * page for people; or, while ALIAS_HOST names a host, a redirect to it.
 *
 * Bindings: ALIAS_HOST (empty while the host is reserved), VERSION.
 */

const RETRY_AFTER_SECONDS = 86400;

const STYLE = `
  :root { color-scheme: light dark; --ink: #14161c; --paper: #f6f5f1; --quiet: #6a6d78; --line: #d9d7cf; --accent: #3b5bdb; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #eceae4; --paper: #101218; --quiet: #9a9dab; --line: #2a2d38; --accent: #8ea6ff; }
  }
  * { box-sizing: border-box; margin: 0; }
  body {
    min-height: 100vh; display: grid; place-items: center; padding: 2rem;
    background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 system-ui, sans-serif;
  }
  main { max-width: 34rem; }
  svg { width: 4.5rem; height: auto; color: var(--accent); }
  h1 { margin: 1.5rem 0 .75rem; font-size: clamp(2rem, 7vw, 3rem); line-height: 1.1; letter-spacing: -.03em; }
  p { color: var(--quiet); }
  p + p { margin-top: 1.75rem; padding-top: 1.25rem; border-top: 1px solid var(--line); font-size: .9375rem; }
  a { color: var(--accent); text-underline-offset: .2em; }
`;

const page = (nonce) => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="robots" content="noindex">
  <title>Conductor is coming soon</title>
  <style nonce="${nonce}">${STYLE}</style>
</head>
<body>
  <main>
    <svg viewBox="0 0 72 40" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" aria-hidden="true">
      <path d="M4 36 68 4M4 20h26M4 4h14M42 36h26"/>
    </svg>
    <h1>Conductor is coming soon</h1>
    <p>Agent coordination for teams: who works on what, which files are taken, and what needs a decision.</p>
    <p>Until then: <a href="https://prductr.com">prductr.com</a></p>
  </main>
</body>
</html>
`;

export default {
  /** @param {Request} request @param {Record<string, string>} env */
  fetch(request, env) {
    if (env.ALIAS_HOST) return redirect(request, env.ALIAS_HOST);
    if (request.method !== "GET" && request.method !== "HEAD") {
      return respond(request, 405, "text/plain; charset=utf-8", "Method not allowed\n", { allow: "GET, HEAD" });
    }
    if (new URL(request.url).pathname === "/health") {
      const body = JSON.stringify({ status: "reserved", service: "conductor", version: env.VERSION });
      return respond(request, 200, "application/json", body);
    }
    const nonce = crypto.randomUUID();
    return respond(request, 503, "text/html; charset=utf-8", page(nonce), {
      "retry-after": String(RETRY_AFTER_SECONDS),
      "content-security-policy": `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    });
  },
};

/** Path and query are kept; unlike 301, 308 keeps method and body too. */
function redirect(request, host) {
  const { pathname, search } = new URL(request.url);
  return respond(request, 308, "text/plain; charset=utf-8", "", { location: `https://${host}${pathname}${search}` });
}

function respond(request, status, type, body, headers = {}) {
  return new Response(request.method === "HEAD" ? null : body, {
    status,
    headers: {
      "content-type": type,
      "cache-control": "no-store",
      "strict-transport-security": "max-age=31536000",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "x-robots-tag": "noindex",
      ...headers,
    },
  });
}
