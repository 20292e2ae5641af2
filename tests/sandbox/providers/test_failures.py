"""The error if a vendor refuses, fails or is unreachable, and the number of attempts.

Prevents: an unknown half-made resource, an error without its request, an endless retry.
"""

from __future__ import annotations

import threading

import pytest

from tests.sandbox.providers.support import Answer, FailedError, Provider, Vendor

RECORD = "cloudflare:index/dnsRecord:DnsRecord"
INPUTS = {"zoneId": "Z", "name": "a", "type": "A", "ttl": 1, "content": "192.0.2.1"}
POST = "POST /client/v4/zones/Z/dns_records"
REFUSED = {"success": False, "errors": [{"code": 10000, "message": "Authentication error"}], "result": None}


def test_an_error_names_method_path_status_and_the_vendors_message(cloudflare: Provider, vendor: Vendor) -> None:
    vendor.on(POST, Answer(REFUSED, 403))
    with pytest.raises(FailedError) as refused:
        cloudflare.create(RECORD, INPUTS)
    assert str(refused.value) == (
        'failed to make http request: POST "/client/v4/zones/Z/dns_records": 403 Forbidden: '
        '{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"result":null}'
    )
    assert refused.value.half_made is None
    assert vendor.lines() == [POST]


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_a_call_of_cloudflare_is_tried_three_times(cloudflare: Provider, vendor: Vendor, status: int) -> None:
    busy = Answer(REFUSED, status, {"retry-after": "0"})
    vendor.on(POST, busy, busy, {"result": {"id": "R"}})
    assert cloudflare.create(RECORD, INPUTS)[0] == "R"
    assert len(vendor.taken()) == 3
    vendor.on(POST, busy)
    with pytest.raises(FailedError, match=str(status)):
        cloudflare.create(RECORD, INPUTS)
    assert len(vendor.taken()) == 3


def test_vercel_waits_for_rate_limits_only(vercel: Provider, vendor: Vendor) -> None:
    token = "vercel:index/deployment:Deployment"
    line = "GET /vercel/v13/deployments/dpl_1"
    error = {"error": {"code": "rate_limited", "message": "slow down"}}
    limited = Answer(error, 429, {"retry-after": "0"})
    vendor.on(line, limited, limited, limited, {"id": "dpl_1", "projectId": "P"})
    assert vercel.read(token, "dpl_1", {"projectId": "P"}, {"projectId": "P"})[0] == "dpl_1"
    assert len(vendor.taken()) == 4
    vendor.on(line, Answer(error, 429, {"retry-after": "3600"}))
    with pytest.raises(FailedError, match="429 Too Many Requests: rate_limited - slow down"):
        vercel.read(token, "dpl_1", {"projectId": "P"})
    assert len(vendor.taken()) == 1
    vendor.on(line, Answer({"error": {"code": "internal", "message": "x"}}, 500))
    with pytest.raises(FailedError, match="500"):
        vercel.read(token, "dpl_1", {"projectId": "P"})
    assert len(vendor.taken()) == 1


def test_an_unreachable_vendor_is_one_clear_error(vercel: Provider, vendor: Vendor) -> None:
    vendor.stop()
    with pytest.raises(FailedError, match=rf"GET {vendor.base}/vercel/v10/projects/P: no response \(.*refused"):
        vercel.read("vercel:index/project:Project", "P", {"name": "n"})


def test_a_response_that_is_not_json_is_shown(cloudflare: Provider, vendor: Vendor) -> None:
    vendor.on(POST, Answer("<html>bad gateway</html>", 400))
    with pytest.raises(FailedError, match="400 Bad Request: <html>bad gateway</html>"):
        cloudflare.create(RECORD, INPUTS)


def test_a_bug_names_its_place_and_no_value(vercel: Provider, vendor: Vendor) -> None:
    vendor.on("GET /vercel/v10/projects/P", {"id": "P", "secret": "marker"})
    vendor.on("GET /vercel/v8/projects/P/env?decrypt=true&limit=100", {"envs": []})
    with pytest.raises(FailedError, match=r"the sandbox's provider failed: KeyError at line \d+ of project_fields.py$"):
        vercel.read("vercel:index/project:Project", "P", {"name": "n"})


def test_the_engine_can_end_a_wait(vercel: Provider, vendor: Vendor) -> None:
    error = {"error": {"code": "rate_limited", "message": "slow down"}}
    vendor.on("GET /vercel/v10/projects/P", Answer(error, 429, {"retry-after": "200"}))
    failures: list[str] = []

    def read() -> None:
        try:
            vercel.read("vercel:index/project:Project", "P", {"name": "n"})
        except FailedError as failure:
            failures.append(str(failure))

    reading = threading.Thread(target=read)
    reading.start()
    vendor.wait_for(1)
    vercel.cancel()
    reading.join(10)
    assert failures == ["cancelled"]


def test_credentials_come_from_the_configuration_or_else_from_the_sandbox(
    cloudflare: Provider, vercel: Provider, neon: Provider, vendor: Vendor
) -> None:
    lines = {
        "GET /client/v4/zones/Z": {"result": {"id": "Z"}},
        "GET /vercel/v10/projects/site": {"id": "P", "name": "site"},
        "GET /vercel/v8/projects/P/env?decrypt=true&limit=100": {"envs": []},
        "GET /neon/api/v2/projects/P/branches": {"branches": []},
    }
    for line, body in lines.items():
        vendor.on(line, body)

    def asked() -> list[str]:
        cloudflare.invoke("cloudflare:index/getZone:getZone", zoneId="Z")
        vercel.invoke("vercel:index/getProject:getProject", name="site")
        neon.invoke("neon:index/getBranches:getBranches", projectId="P")
        return [call.headers["Authorization"] for call in vendor.taken()]

    assert asked() == ["Bearer default-token", *["Bearer " + "v" * 24] * 2, "Bearer napi_default"]
    cloudflare.configure(apiToken="c" * 40)
    vercel.configure(apiToken="w" * 24)
    neon.configure(apiKey="k")
    assert asked() == ["Bearer " + "c" * 40, *["Bearer " + "w" * 24] * 2, "Bearer k"]


def test_malformed_credentials_are_refused_without_being_shown(
    cloudflare: Provider, vercel: Provider, neon: Provider, vendor: Vendor
) -> None:
    assert cloudflare.check_config(apiToken="c" * 40, baseUrl=f"{vendor.base}/client/v4/") == []
    [failure] = cloudflare.check_config(apiToken="marker")
    assert "must be 40 to 80 characters" in failure
    [failure] = cloudflare.check_config(baseUrl="https://api.cloudflare.com/client/v4")
    assert f"only ever talks to {vendor.base}/client/v4" in failure
    [failure] = vercel.check_config(apiToken="marker")
    assert "must be 24 characters" in failure
    [failure] = neon.check_config(apiKey="")
    assert "must not be empty" in failure
    assert vercel.check_config(apiToken="v" * 24) == neon.check_config(apiKey="k") == []
