/** The reason why a call is refused, as a problem of RFC 9457. It is thrown anywhere and handled in one place. */
export class Refusal extends Error {
  readonly status: number;
  /** What programs and tests decide by; the texts are for people. */
  readonly code: string;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Members of the body beside the usual ones; `type` replaces about:blank. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    code: string,
    title: string,
    detail: string,
    headers: Record<string, string> = {},
    members: Record<string, unknown> = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.title = title;
    this.headers = headers;
    this.members = members;
  }
}

/** Returns the response to a refused call; `id` is the request's. HEAD gets no body. */
export function answerTo(refusal: Refusal, method: string, id: string): Response {
  const { status, title, code } = refusal;
  const body = {
    type: "about:blank",
    title,
    status,
    detail: refusal.message,
    code,
    instance: `urn:uuid:${id}`,
    ...refusal.members,
  };
  return new Response(method === "HEAD" ? null : JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...refusal.headers },
  });
}
