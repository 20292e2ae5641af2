"""Leftovers of a lost response are removed although the run continues, and nothing else is.

Prevents: a second database that costs money, a replacement that can never finish, a rollback without its deployment.
"""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.guardrails.known_state import KnownState
from components.guardrails.leftovers import Leftovers
from contract import resource_types as kinds
from tests.sandbox.cloud.conftest import _running, cloud  # noqa: F401 -- fixtures
from tests.sandbox.cloud.support import ACCOUNT, ZONE, Cloud
from vendors import Access
from vendors.existing import Wanted

MARK = "prductr launch stack"
RECORD = {"zoneId": ZONE, "name": "prductr.com", "type": "A", "content": "76.76.21.21", "comment": MARK}


@pytest.fixture
def access(cloud: Cloud) -> Access:  # noqa: F811
    """The simulated vendors."""
    credentials = cloud.home.credentials
    return Access(
        cloudflare_url=f"{cloud.url}/client/v4",
        cloudflare_token=credentials.cloudflare_api_token,
        vercel_url=f"{cloud.url}/vercel",
        vercel_token=credentials.vercel_api_token,
        vercel_team="hhnn",
        neon_url=f"{cloud.url}/neon/api/v2",
        neon_key=credentials.neon_api_key,
    )


def creation(kind: str, inputs: dict[str, Any], identifier: str = "") -> pulumi.ResourceHookArgs:
    return pulumi.ResourceHookArgs(urn="urn", id=identifier, name="it", type=kind, new_inputs=inputs)


def around(leftovers: Leftovers, moment: str, args: pulumi.ResourceHookArgs) -> None:
    """Make the calls that the engine would make."""
    (hook,) = {"before": (leftovers._before,), "after": (leftovers._after,)}[moment]
    hook(args)


def record(cloud: Cloud, **changes: object) -> None:  # noqa: F811
    body = {key: value for key, value in RECORD.items() if key != "zoneId"} | {"ttl": 300} | changes
    assert cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json=body).is_success


def records(cloud: Cloud) -> list[Any]:  # noqa: F811
    return list(cloud.cloudflare.get(f"/zones/{ZONE}/dns_records").json()["result"])


def test_a_leftover_of_an_interrupted_replacement_is_removed(cloud: Cloud, access: Access) -> None:  # noqa: F811
    record(cloud)
    around(Leftovers(access, KnownState()), "before", creation(kinds.DNS_RECORD, RECORD))
    assert records(cloud) == []


def test_a_resource_of_another_owner_stops_a_replacement_and_stays(cloud: Cloud, access: Access) -> None:  # noqa: F811
    record(cloud, comment="by hand")
    with pytest.raises(ValueError, match="exists already and is not this stack's: it has another comment"):
        around(Leftovers(access, KnownState()), "before", creation(kinds.DNS_RECORD, RECORD))
    assert len(records(cloud)) == 1


def test_a_resource_looked_up_before_the_run_is_not_looked_up_again(cloud: Cloud, access: Access) -> None:  # noqa: F811
    leftovers = Leftovers(access, KnownState())
    leftovers.looked_for.add((kinds.DNS_RECORD, "it"))
    around(leftovers, "before", creation(kinds.DNS_RECORD, RECORD))
    assert cloud.admin.get("/_sandbox/requests").json()["requests"] == []


def test_a_forbidden_resource_is_not_created(access: Access) -> None:
    leftovers = Leftovers(access, KnownState())
    leftovers.refused[kinds.DNS_RECORD, "it"] = "it is another's"
    with pytest.raises(ValueError, match="it is another's"):
        around(leftovers, "before", creation(kinds.DNS_RECORD, RECORD))


def test_copies_of_a_site_from_this_run_are_removed_and_the_one_in_the_state_stays(
    cloud: Cloud,  # noqa: F811
    access: Access,
) -> None:
    path = f"/accounts/{ACCOUNT}/rum/site_info"
    tags = [cloud.cloudflare.post(path, json={"host": "prductr.com"}).json()["result"]["site_tag"] for _ in range(3)]
    inputs = {"accountId": ACCOUNT, "host": "prductr.com", "autoInstall": False}
    leftovers, args = Leftovers(access, KnownState()), creation(kinds.WEB_ANALYTICS_SITE, inputs, tags[1])

    def there() -> list[str]:
        return [site["site_tag"] for site in cloud.cloudflare.get(f"{path}/list").json()["result"]]

    around(leftovers, "after", args)
    assert sorted(there()) == sorted(tags)  # nobody has checked whether they existed before
    leftovers.looked_for.add((kinds.WEB_ANALYTICS_SITE, "it"))
    around(leftovers, "after", args)
    assert there() == [tags[1]]


def test_only_a_deployment_of_the_same_build_is_removed_and_never_the_replaced_one(
    cloud: Cloud,  # noqa: F811
    access: Access,
) -> None:
    repository = {"type": "github", "repo": "habitusnet/prductr-com"}
    project = cloud.vercel.post("/v9/projects", json={"name": "site", "gitRepository": repository}).json()["id"]

    def deployed(sha: str, environment: str = "f" * 16) -> dict[str, Any]:
        source = {"type": "github", "org": "habitusnet", "repo": "prductr-com", "ref": "main", "sha": sha}
        body = {"name": "site", "project": "site", "target": "production", "gitSource": source}
        made = cloud.vercel.post("/v13/deployments", json={**body, "meta": {"environment": environment}})
        assert made.is_success, made.text
        return dict(made.json())

    replaced, older, other, copy, mine = (
        deployed("a" * 40),
        deployed("b" * 40),
        deployed("a" * 40, "e" * 16),
        deployed("a" * 40),
        deployed("a" * 40),
    )
    state = KnownState(deployments=frozenset({str(replaced["url"])}))
    around(Leftovers(access, state), "after", creation(kinds.VERCEL_DEPLOYMENT, {"projectId": project}, mine["id"]))
    left = {one["uid"] for one in cloud.vercel.get("/v6/deployments").json()["deployments"]}
    assert left == {each["id"] for each in (replaced, older, other, mine)}
    assert copy["id"] not in left


def test_copies_that_a_failed_run_left_are_removed_by_the_next_one(cloud: Cloud, access: Access) -> None:  # noqa: F811
    path = f"/accounts/{ACCOUNT}/rum/site_info"
    tags = [cloud.cloudflare.post(path, json={"host": "prductr.com"}).json()["result"]["site_tag"] for _ in range(2)]
    cloud.clock.advance(86_400)
    tags.append(cloud.cloudflare.post(path, json={"host": "prductr.com"}).json()["result"]["site_tag"])
    wanted = Wanted(kind=kinds.WEB_ANALYTICS_SITE, name="it", inputs={"account_id": ACCOUNT, "host": "prductr.com"})
    Leftovers(access, KnownState()).remove_copies_of([(wanted, tags[1])])
    left = {site["site_tag"] for site in cloud.cloudflare.get(f"{path}/list").json()["result"]}
    assert left == set(tags[1:])  # one of another day is not a retry
