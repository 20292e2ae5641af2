// The front of the uploaded Workers in an instance of the runtime: it passes one of them the request described by the
// header x-sandbox-request, and marks a failure of the Worker. `binding` is the Worker's name here.
//
// Only inside the runtime can a request have exactly the visitor's headers, including Host.

export default {
  async fetch(request, env) {
    const { binding, url, headers, cf } = JSON.parse(request.headers.get("x-sandbox-request"));
    const { method } = request;
    const body = ["GET", "HEAD"].includes(method) ? null : await request.arrayBuffer();
    try {
      const sent = { method, headers, body: body?.byteLength ? body : null, cf, redirect: "manual" };
      const answer = await env[binding].fetch(url, sent);
      if (!answer.headers.has("content-encoding")) return answer;
      const decoded = new Response(answer.body, answer); // Without the header the runtime decodes the body.
      decoded.headers.delete("content-encoding");
      return decoded;
    } catch (error) {
      console.error(error?.stack ?? String(error));
      return new Response(null, { status: 500, headers: { "x-sandbox-failure": "threw an exception" } });
    }
  },
};
