"""The vendors' clients in the environment of `launch env --official-plugins`.

Prevents: a client that leaves the sandbox for the real API, or accepts a response from an untrusted server.
"""

from __future__ import annotations

import pytest

from tests.drivers.vendors import Clients

_CAUSES = """
const causes = async (call) => {
    const found = [];
    try { await call; } catch (error) { for (let one = error; one; one = one.cause) found.push(one.message); }
    return found;
};
"""


def test_the_proxy_refuses_hosts_that_are_no_vendors_and_the_error_says_so(clients: Clients) -> None:
    found = clients.evaluate(
        _CAUSES
        + """
        import { createApiClient } from '@neondatabase/api-client';
        import { userGetAuthUser } from '@vercel/sdk/funcs/userGetAuthUser';
        import { VercelCore } from '@vercel/sdk/core';
        const elsewhere = 'https://example.com/api';
        console.log(JSON.stringify({
            any: await causes(fetch(elsewhere)),
            neon: await causes(createApiClient({ apiKey: 'key', baseURL: elsewhere }).getCurrentUserInfo()),
            vercel: await causes(userGetAuthUser(new VercelCore({ bearerToken: 'key', serverURL: elsewhere }))
                .then(({ error }) => { throw error; })),
        }));
        """
    )
    assert found["any"][-1] == found["vercel"][-1] == "Proxy response (403) !== 200 when HTTP Tunneling"
    assert "Failed to establish tunnel to example.com:443" in found["neon"][0]
    assert found["neon"][0].endswith("403 Forbidden")


@pytest.mark.parametrize("host", ["api.vercel.com", "console.neon.tech"])
def test_a_client_without_the_authority_refuses_the_response(clients: Clients, host: str) -> None:
    module = _CAUSES + f"console.log(JSON.stringify(await causes(fetch('https://{host}/'))));"
    found = clients.without("NODE_EXTRA_CA_CERTS").evaluate(module)
    assert found[-1].startswith("unable to verify the first certificate")
