import { tooLarge } from "./request_rules.ts";

/** A request's body in transit: the content to send, and its completion. */
export interface Sending {
  readonly stream: ReadableStream;
  /** Resolves after the last byte; rejects with a Refusal (413) if the body is too large, else with the failure. */
  readonly sent: Promise<void>;
}

/** Returns the body of the request, of at most `most` bytes; null if it has none. */
export function sending(request: Request, most: number): Sending | null {
  if (request.body === null) return null;
  const length = request.headers.get("content-length");
  // With a length, the runtime counts the bytes and sends the length to the upstream. Otherwise they are counted here.
  const { readable, writable } = length === null ? counting(most) : new FixedLengthStream(Number(length));
  const sent = request.body.pipeTo(writable);
  // A caller that awaits it sees the failure. After the response has begun, nothing may await it any more.
  sent.catch(() => {});
  return { stream: readable, sent };
}

function counting(most: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > most) throw tooLarge(most);
      controller.enqueue(chunk);
    },
  });
}
