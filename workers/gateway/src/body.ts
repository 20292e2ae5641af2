import { tooLarge } from "./request_rules.ts";

/** A request's body on its way: what to send, and when all of it has been sent. */
export interface Sending {
  readonly stream: ReadableStream;
  /** Settles when the last byte is through; rejects with a Refusal (413) if there are too many, else with what broke. */
  readonly sent: Promise<void>;
}

/** The body of the request, of at most `most` bytes. Null if it has none. */
export function sending(request: Request, most: number): Sending | null {
  if (request.body === null) return null;
  const length = request.headers.get("content-length");
  // With a length the runtime counts the bytes, and the upstream gets the length. Without one they are counted here.
  const { readable, writable } = length === null ? counting(most) : new FixedLengthStream(Number(length));
  const sent = request.body.pipeTo(writable);
  // A caller that waits for it sees the failure. Once there is an answer, nothing may wait for it any more.
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
