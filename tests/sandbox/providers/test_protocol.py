"""The engine's protocol: capabilities, secrets and unknown values on the wire, many engines at one server.

Prevents: a secret that reaches the state in clear because its mark was lost, and a configuration that leaks from one
engine's run into another's.
"""

from __future__ import annotations

import json

import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import rpc as sdk
from pulumi.runtime.proto import provider_pb2 as rpc

from sandbox.providers.__main__ import serve
from sandbox.providers.core import secrecy
from sandbox.providers.core.schema import load
from sandbox.providers.core.values import UNKNOWN, Secret, UnsupportedError, decode, encode
from sandbox.providers.random.package import Random
from tests.sandbox.providers.support import FailedError, Provider, Vendor


def test_a_server_states_its_capabilities_and_its_package(cloudflare: Provider) -> None:
    answer = cloudflare.stub.Handshake(rpc.ProviderHandshakeRequest())
    assert (answer.accept_secrets, answer.accept_resources, answer.accept_outputs) == (True, True, True)
    configured = cloudflare.stub.Configure(rpc.ConfigureRequest())
    assert (configured.acceptSecrets, configured.supportsPreview, configured.acceptOutputs) == (True, True, True)
    assert cloudflare.stub.GetPluginInfo(empty_pb2.Empty()).version == "6.23.1"
    described = json.loads(cloudflare.stub.GetSchema(rpc.GetSchemaRequest()).schema)
    assert described == {"name": "cloudflare", "version": "6.23.1"}
    with pytest.raises(FailedError, match="cloudflare takes no parameters"):
        cloudflare.call(cloudflare.stub.Parameterize, rpc.ParameterizeRequest())


def test_values_are_marked_as_the_sdk_marks_them() -> None:
    values = {"secret": Secret({"a": [1, None]}), "unknown": UNKNOWN, "list": [Secret(UNKNOWN)], "number": 1.5}
    struct = encode(values)
    seen = sdk.deserialize_properties(struct, keep_unknowns=True)
    assert sdk.is_rpc_secret(seen["secret"])
    assert sdk.unwrap_rpc_secret(seen["secret"]) == {"a": [1, None]}
    assert struct.fields["unknown"].string_value == sdk.UNKNOWN
    assert decode(struct) == values


def test_output_values_and_references_are_unwrapped() -> None:
    signature = sdk._special_sig_key
    struct = struct_pb2.Struct()
    struct.update(
        {
            "known": {signature: sdk._special_output_value_sig, "value": 3, "secret": True, "dependencies": ["x"]},
            "unknown": {signature: sdk._special_output_value_sig},
            "reference": {signature: sdk._special_resource_sig, "urn": "u", "id": "i"},
            "gone": None,
        }
    )
    assert decode(struct) == {"known": Secret(3), "unknown": UNKNOWN, "reference": "i"}
    struct.update({"asset": {signature: sdk._special_asset_sig, "text": "x"}})
    with pytest.raises(UnsupportedError, match="assets and archives"):
        decode(struct)


def test_a_secret_input_makes_the_output_of_its_name_secret_at_any_depth() -> None:
    properties = load("cloudflare")["cloudflare:index/dnsRecord:DnsRecord"].properties
    inputs = {"content": Secret("a"), "data": {"tag": Secret("t"), "flags": 1}, "tags": [Secret("x"), "y"]}
    state = {"content": "a", "data": {"tag": "t", "flags": 1}, "tags": ["y", "x"], "name": "n"}
    assert secrecy.mark(properties, state, inputs) == {
        "content": Secret("a"),
        "data": {"tag": Secret("t"), "flags": 1},
        "tags": Secret(["y", "x"]),
        "name": "n",
    }


def test_an_array_keeps_its_elements_visible_when_the_type_names_the_secret_ones() -> None:
    token = "vercel:index/projectEnvironmentVariables:ProjectEnvironmentVariables"
    properties = load("vercel")[token].properties
    inputs = {"variables": [{"key": "A", "value": Secret("1")}]}
    state = {"variables": [{"key": "B", "value": "2"}, {"key": "A", "value": "1"}]}
    marked = [{"key": "B", "value": Secret("2")}, {"key": "A", "value": Secret("1")}]
    assert secrecy.mark(properties, state, inputs) == {"variables": marked}
    inputs = {"variables": [{"key": Secret("A"), "value": "1"}]}
    assert secrecy.mark(properties, state, inputs) == {"variables": Secret(state["variables"])}


def test_a_secret_comes_back_secret_from_every_operation(cloudflare: Provider, vendor: Vendor) -> None:
    token = "cloudflare:index/dnsRecord:DnsRecord"
    inputs = {"zoneId": "Z", "name": "a", "type": "TXT", "ttl": 60, "content": Secret("marker")}
    answer = {"id": "R", "name": "a.example", "content": "marker", "type": "TXT", "ttl": 60}
    for line in ("POST dns_records", "PUT dns_records/R", "GET dns_records/R"):
        method, path = line.split()
        vendor.on(f"{method} /client/v4/zones/Z/{path}", {"result": answer})
    _, state = cloudflare.create(token, inputs)
    after = cloudflare.update(token, "R", state, inputs)
    _, read, found = cloudflare.read(token, "R", after, inputs)
    assert [values["content"] for values in (state, after, read, found)] == [Secret("marker")] * 4
    assert cloudflare.update(token, "R", state, inputs, preview=True)["content"] == Secret("marker")


def test_a_preview_of_an_update_knows_every_output_that_it_does_not_renew(cloudflare: Provider, vendor: Vendor) -> None:
    token = "cloudflare:index/dnsRecord:DnsRecord"
    state = {"zoneId": "Z", "name": "a", "type": "A", "ttl": 60, "createdOn": "c", "modifiedOn": "m", "proxied": False}
    inputs = {"zoneId": "Z", "name": "a", "type": "A", "ttl": 120}
    planned = cloudflare.update(token, "R", state, inputs, preview=True)
    assert (planned["ttl"], planned["createdOn"], planned["modifiedOn"]) == (120, "c", UNKNOWN)
    assert vendor.taken() == []


def test_each_engine_has_its_own_configuration(vercel: Provider, vendor: Vendor) -> None:
    for team in ("one", "two"):
        vendor.on(f"GET /vercel/v2/teams/{team}", {"id": f"team_{team}"})
        vendor.on(f"GET /vercel/v10/projects/P?teamId=team_{team}", {"id": "P", "name": team})
        vendor.on(f"GET /vercel/v8/projects/P/env?decrypt=true&limit=100&teamId=team_{team}", {"envs": []})
    first, second = vercel.stub, vercel.connection()
    vercel.configure(team="one")
    vercel.stub = second
    vercel.configure(team="two")
    token = "vercel:index/project:Project"
    assert vercel.read(token, "P", {"name": "x"})[1]["name"] == "two"
    vercel.stub = first
    assert vercel.read(token, "P", {"name": "x"})[1]["name"] == "one"
    vercel.stub = vercel.connection()
    with pytest.raises(FailedError, match="restarted during the run"):
        vercel.read(token, "P", {"name": "x"})


def test_a_changed_configuration_is_a_difference_and_no_replacement(cloudflare: Provider) -> None:
    def diff(old: str, new: str) -> rpc.DiffResponse:
        old_inputs, news = encode({"apiToken": old}), encode({"apiToken": new})
        response: rpc.DiffResponse = cloudflare.stub.DiffConfig(rpc.DiffRequest(old_inputs=old_inputs, news=news))
        return response

    assert diff("a", "a").changes == rpc.DiffResponse.DIFF_NONE
    assert diff("a", "b").changes == rpc.DiffResponse.DIFF_SOME
    assert not diff("a", "b").replaces


def test_a_port_that_is_taken_is_named(random_values: Provider) -> None:
    with pytest.raises(OSError, match=rf"port {random_values.port} of the provider random is taken"):
        serve(Random(), random_values.port)
