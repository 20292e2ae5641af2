"""Prevents: a launch that stops half-way because of a mistake in its configuration that could have been seen before."""

from __future__ import annotations

import json

import pytest

from components.findings import Finding, RefusedError
from components.settings import Conductor, Settings
from docs.rehearsal import rehearse

Values = dict[str, str]


def refused(values: Values, environment: Values, *, secrets: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    with pytest.raises(RefusedError) as error:
        Settings.load(values, secrets=secrets, environment=environment, stack="stack 'prod'")
    return error.value.findings


def test_sound_configuration_is_read_completely(values: Values, environment: Values) -> None:
    settings = Settings.load(values, environment=environment)
    assert settings.domain == "prductr.com"
    assert settings.conductor is Conductor.RESERVED
    assert settings.hosts.echome == "echome.prductr.com"
    assert settings.landing.directory == "packages/landing"
    assert settings.source.repository == "habitusnet/prductr-com"
    assert settings.database.region == "aws-eu-central-1"
    assert settings.database.history_seconds == 21600
    assert settings.mail.servers == ()
    assert settings.enable_rls
    assert not settings.enable_rate_limiting
    assert settings.redirects == {"www.prductr.com": "prductr.com"}


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("domain", "https://prductr.com", "not a host name"),
        ("domain", "Prductr.com", "not a host name"),
        ("dashboardHost", "dashboard.evilprductr.com", "not one label below prductr.com"),
        ("echomeHost", "a.b.prductr.com", "not one label below prductr.com"),
        ("echomeHost", "echome.prductr.com.", "not a host name"),
        ("conductor", "paused", "none of reserved, alias, absent"),
        ("conductor", "Reserved", "none of reserved, alias, absent"),
        ("region", "eu-central-1", "not a Vercel region"),
        ("databaseRegion", "frankfurt", "not a Neon region"),
        ("repository", "https://github.com/habitusnet/prductr-com", "not a GitHub repository"),
        ("landingDirectory", "../elsewhere/..", "not a folder"),
        ("landingDirectory", "/packages/landing", "not a folder"),
        ("landingProject", "Prductr Landing", "not a Vercel project name"),
        ("neonOrganization", "prductr", "not the id of a Neon organization"),
        ("neonAuthUrl", "http://auth.example.com", "not an https URL"),
        ("neonAuthUrl", "https://user:word@auth.example.com", "has credentials"),
        ("neonAuthUrl", "https://auth.example.com:notaport", "not an https URL"),
        ("echomeUpstream", "echome.internal", "not an https URL"),
        ("echomeUpstream", "https://api.example.com/?key=1", "has credentials, a query"),
        ("databaseVersion", "9", "not within 15 to 18"),
        ("databaseHistorySeconds", "-1", "not within 0 to"),
        ("databaseMaximumComputeUnits", "0", "not within 1 to 16"),
        ("workerCpuMilliseconds", "-50", "not within 0 to"),
        ("workerCpuMilliseconds", "fast", "not a whole number"),
        ("echomeTimeoutSeconds", "1e9", "not a whole number"),
        ("enableRls", "yes", "neither true nor false"),
        ("removeForeignPolicies", "", "neither true nor false"),
        ("dmarcPolicy", "strict", "none of none, quarantine, reject"),
        ("mailServers", '["mail.example.com", "not a host"]', "'not a host' is not a host name"),
        ("mailServers", '["mail.example.com", "mail.example.com"]', "stands there twice"),
        ("mailServers", "mail.example.com", "not a list of strings"),
        ("mailSenders", '["+all"]', "not an SPF mechanism"),
        ("wwwHost", "dashboard.prductr.com", "is also the"),
        ("landingProject", "prductr-com", "is also the dashboardProject"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_its_remedy(
    values: Values, environment: Values, key: str, value: str, what: str
) -> None:
    findings = refused({**values, f"prductr:{key}": value}, environment)
    assert len(findings) == 1, findings
    assert what in findings[0].what
    assert "pulumi config set" in findings[0].remedy
    if "also" not in what:
        assert findings[0].where == f"prductr:{key}"
        assert key in findings[0].remedy


@pytest.mark.parametrize("key", ["prductr:neonOrganization", "prductr:neonAuthUrl", "prductr:domain"])
def test_a_missing_value_is_named_once(values: Values, environment: Values, key: str) -> None:
    del values[key]
    (finding,) = refused(values, environment)
    assert finding.where == key
    assert finding.what == "is required and not set"


def test_an_unknown_key_is_refused_and_the_nearest_one_suggested(values: Values, environment: Values) -> None:
    (finding,) = refused({**values, "prductr:dashbordHost": "dashboard.prductr.com"}, environment)
    assert finding.where == "prductr:dashbordHost"
    assert "prductr:dashboardHost" in finding.remedy


def test_an_unknown_key_of_a_provider_is_refused(values: Values, environment: Values) -> None:
    (finding,) = refused({**values, "vercel:teamId": "hhnn"}, environment)
    assert finding.where == "vercel:teamId"


def test_keys_of_other_namespaces_are_none_of_our_business(values: Values, environment: Values) -> None:
    Settings.load({**values, "pulumi:tags": "{}", "other:key": "x"}, environment=environment)


@pytest.mark.parametrize("team", [None, "", "my team"])
def test_without_a_team_resources_would_land_in_a_personal_account_v13(
    values: Values, environment: Values, team: str | None
) -> None:
    del values["vercel:team"]
    if team is not None:
        values["vercel:team"] = team
    (finding,) = refused(values, environment)
    assert finding.where == "vercel:team"


def test_all_mistakes_are_one_error(values: Values) -> None:
    wrong = {
        "prductr:dashboardHost": "dashboard.evilprductr.com",
        "prductr:conductor": "paused",
        "prductr:workerCpuMilliseconds": "-1",
        "prductr:nonsense": "1",
    }
    with pytest.raises(RefusedError) as error:
        Settings.load({**values, **wrong}, environment={}, stack="stack 'prod'")
    text = str(error.value)
    assert text.startswith("The configuration of stack 'prod' has 7 mistakes; nothing was changed.")
    for expected in (*wrong, "CLOUDFLARE_API_TOKEN", "VERCEL_API_TOKEN", "NEON_API_KEY"):
        assert expected in text, expected


def test_a_program_with_wrong_configuration_declares_nothing() -> None:
    result = rehearse("sandbox", config={"prductr:conductor": "paused", "prductr:region": None})
    assert result["resources"] == []
    assert "has 2 mistakes; nothing was changed" in result["error"]


def test_lists_arrive_in_order(values: Values, environment: Values) -> None:
    values["prductr:mailServers"] = json.dumps(["mx1.example.com", "mx2.example.com"])
    values["prductr:mailSenders"] = json.dumps(["include:_spf.example.com", "ip4:192.0.2.1"])
    mail = Settings.load(values, environment=environment).mail
    assert mail.servers == ("mx1.example.com", "mx2.example.com")
    assert mail.senders == ("include:_spf.example.com", "ip4:192.0.2.1")
