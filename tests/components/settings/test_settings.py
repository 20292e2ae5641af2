"""Prevents: a launch that stops half-way because of a mistake in its configuration that was visible before."""

from __future__ import annotations

import base64
import json

import pytest

from components.settings.problems import Mistake, RefusedError
from components.settings.rate_limits import Plan
from components.settings.settings import Conductor, Settings
from tools.program.declared import rehearse

Values = dict[str, str]


def refused(values: Values, environment: Values, *, secrets: tuple[str, ...] = ()) -> tuple[Mistake, ...]:
    with pytest.raises(RefusedError) as error:
        Settings.load(values, secrets=secrets, environment=environment, stack="stack 'prod'")
    return error.value.mistakes


def test_valid_configuration_is_read_completely(values: Values, environment: Values) -> None:
    settings = Settings.load(values, environment=environment)
    assert settings.domain == "prductr.com"
    assert settings.conductor is Conductor.RESERVED
    assert settings.hosts.echome == "echome.prductr.com"
    assert settings.landing.directory == "packages/landing"
    assert settings.source.repository == "habitusnet/prductr-com"
    assert settings.database.region == "aws-eu-central-1"
    assert settings.database.history_seconds == 21600
    assert settings.mail.servers == ()
    assert settings.source.node_version == "22.x"
    assert settings.enable_rls
    assert settings.enable_rate_limiting
    assert settings.protections_off == {}
    assert settings.rate_limits.plans == {"free": Plan(limit=100, window_seconds=86400)}
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
        ("databaseMaximumComputeUnits", "0", "not a number of compute units: 0.25, 0.5, 1"),
        ("databaseMaximumComputeUnits", "1.5", "not a number of compute units"),
        ("databaseMaximumComputeUnits", "0.50", "not a number of compute units"),
        ("databaseMaximumComputeUnits", "16", "is more than 8 above the databaseMinimumComputeUnits"),
        ("databaseMinimumComputeUnits", "4", "is more than the databaseMaximumComputeUnits"),
        ("domain", "prd\u00fcctr.com", "its ASCII form is xn--prdctr-5ya.com"),
        ("mailServers", '["mail.ex\u00e4mple.com"]', "not a host name"),
        ("mailServers", '[".", "mail.example.com"]', "must be alone"),
        ("mailSenders", '["include:_spf.example.com", "include:_SPF.example.com"]', "appears twice"),
        ("mailSenders", '["INCLUDE:_spf.example.com", "include:_spf.example.com"]', "appears twice"),
        ("landingProject", "a" * 101, "not a Vercel project name"),
        ("landingDirectory", "", "not a folder"),
        ("landingDirectory", "..", "not a folder"),
        ("landingDirectory", "packages//landing", "not a folder"),
        ("productionBranch", "@", "not a branch"),
        ("productionBranch", "a@{b", "not a branch"),
        ("productionBranch", ".hidden", "not a branch"),
        ("workerCpuMilliseconds", "-50", "not within 0 to"),
        ("workerCpuMilliseconds", "fast", "not a whole number"),
        ("echomeCorsOrigins", '["https://app.example.com/"]', "not an origin"),
        ("echomeCorsOrigins", '["*"]', "not an origin"),
        ("rateLimitPlans", "[]", "names no plan"),
        ("rateLimitPlans", '["free=100"]', "not a plan"),
        ("rateLimitPlans", '["free=10001/60"]', "not a plan"),
        ("rateLimitPlans", '["free=100/0"]', "not a plan"),
        ("rateLimitPlans", '["free=1/60", "free=2/60"]', "names a plan twice"),
        ("rateLimitMembers", '["user:a=pro"]', "names the plan 'pro'"),
        ("rateLimitMembers", '["user:a=free", "user:a=free "]', "not a member and its plan"),
        ("rateLimitUnavailable", '["GET /a*b open"]', "not methods, path and answer"),
        ("burstRequests", "99", "is stricter than a plan that allows 100"),
        ("analyticsRetentionDays", "0", "not within 1 to 3650"),
        ("echomeTimeoutSeconds", "1e9", "not a whole number"),
        ("enableRls", "yes", "neither true nor false"),
        ("removeForeignPolicies", "", "neither true nor false"),
        ("dmarcPolicy", "strict", "none of none, quarantine, reject"),
        ("mailFromOthers", "-all", "none of softfail, fail, neutral"),
        ("mailFromOthers", "pass", "none of softfail, fail, neutral"),
        ("dmarcReports", '["mailto:dmarc@prductr.com"]', "not an e-mail address"),
        ("dmarcReports", '["dmarc@prductr.com", "dmarc@prductr.com"]', "appears twice"),
        ("dmarcReports", json.dumps([f"dmarc-{n}@reports.example.com" for n in range(9)]), "a TXT record holds 255"),
        ("nodeVersion", "22", "not a version of Node.js at Vercel"),
        ("nodeVersion", "22.x; 24.x", "not a version of Node.js at Vercel"),
        ("mailServers", '["mail.example.com", "not a host"]', "'not a host' is not a host name"),
        ("mailServers", '["mail.example.com", "mail.example.com"]', "appears twice"),
        ("mailServers", "mail.example.com", "not a list of strings"),
        ("mailSenders", '["+all"]', "not an SPF mechanism"),
        ("domain", "192.0.2.1", "not a host name"),
        ("landingProject", "prductr---landing", "not a Vercel project name"),
        ("repository", "habitusnet/..", "not a GitHub repository"),
        ("repository", "habitusnet/.", "not a GitHub repository"),
        ("repository", "habitusnet/prductr-com.git", "not a GitHub repository"),
        ("repository", "-habitusnet/prductr-com", "not a GitHub repository"),
        ("productionBranch", "main..x", "not a branch"),
        ("productionBranch", "main.", "not a branch"),
        ("productionBranch", "feature/x.lock", "not a branch"),
        ("productionBranch", "x.lock/feature", "not a branch"),
        ("productionBranch", "-main", "not a branch"),
        ("databaseProject", " ", "not a name"),
        ("databaseProject", "prductr ", "not a name"),
        ("databaseVersion", "\u0661\u0668", "not a whole number"),
        ("databaseVersion", "018", "not a whole number"),
        ("neonAuthUrl", " https://auth.example.com", "not an https URL"),
        ("neonAuthUrl", "https://auth.example.com/\nX", "not an https URL"),
        ("neonAuthUrl", "https://auth.example.com\t/x", "not an https URL"),
        ("neonAuthUrl", "https://auth.example.com/a b", "not an https URL"),
        ("neonAuthUrl", "https://auth.example.com/%zz", "not an https URL"),
        ("neonAuthUrl", "https://auth.example.com/\u00e9", "not an https URL"),
        ("neonAuthUrl", "https://auth.example.com:", "not an https URL"),
        ("neonAuthUrl", "https://192.0.2.1", "not an https URL"),
        ("neonAuthUrl", "https://auth.example.com?", "a query"),
        ("neonAuthUrl", "https://auth.example.com/#", "a fragment"),
        ("echomeUpstream", "https://echome.prductr.com", "leads back to a host of this launch"),
        ("echomeUpstream", "https://ECHOME.prductr.com:8443/v1", "leads back to a host of this launch"),
        ("echomeUpstream", "https://www.prductr.com", "leads back to a host of this launch"),
        ("echomeUpstream", "https://dashboard.prductr.com/api", "leads back to a host of this launch"),
        ("echomeUpstream", "https://prductr.com", "leads back to a host of this launch"),
        ("mailServers", '["-.com"]', "'-.com' is not a host name"),
        ("mailServers", '["192.0.2.1"]', "not a host name"),
        ("mailSenders", '["include:foo\\"bar"]', "not an SPF mechanism"),
        ("mailSenders", json.dumps(["include:" + "a" * 300 + ".com"]), "not an SPF mechanism"),
        ("mailSenders", '["ip4:0.0.0.0/0"]', "not an SPF mechanism"),
        ("mailSenders", json.dumps([f"include:s{n}.example.com" for n in range(11)]), "needs 11 look-ups"),
        ("mailSenders", json.dumps([f"ip4:192.0.2.{n}" for n in range(100, 120)]), "a TXT record holds 255"),
        ("wwwHost", "dashboard.prductr.com", "is also the"),
        ("landingProject", "prductr-com", "is also the dashboardProject"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_its_remedy(
    values: Values, environment: Values, key: str, value: str, what: str
) -> None:
    mistakes = refused({**values, f"prductr:{key}": value}, environment)
    assert len(mistakes) == 1, mistakes
    assert what in mistakes[0].what
    assert "pulumi config set" in mistakes[0].remedy
    if "also" not in what:
        assert mistakes[0].where == f"prductr:{key}"
        assert key in mistakes[0].remedy


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("repository", "hidden!"),
        ("conductor", "hidden"),
        ("echomeHost", "hidden"),
        ("databaseVersion", "hidden"),
        ("databaseVersion", "4711"),
        ("enableRls", "hidden"),
        ("mailServers", "hidden"),
        ("mailSenders", '["hidden"]'),
        ("mailServers", '["hidden.example.com", "hidden.example.com"]'),
        ("landingProject", "prductr-com"),
        ("wwwHost", "dashboard.prductr.com"),
        ("vercel:team", "hidden!"),
    ],
)
def test_a_secret_value_is_not_shown_in_an_error(values: Values, environment: Values, key: str, value: str) -> None:
    full = key if ":" in key else f"prductr:{key}"
    mistakes = refused({**values, full: value}, environment, secrets=(full, "prductr:dashboardHost"))
    text = "".join(f"{mistake.what} {mistake.remedy}" for mistake in mistakes)
    assert "the value " in text
    for word in ("hidden", "4711", "prductr-com", "dashboard.prductr.com"):
        assert word not in text


@pytest.mark.parametrize("token", ["ghp_SECRETSECRET", "napi_abcdefghijklmnop", "sk-live-0123456789abcdef"])
@pytest.mark.parametrize("key", ["repository", "conductor", "domain", "databaseVersion", "enableRls", "mailServers"])
def test_a_credential_in_the_wrong_place_is_not_shown(
    values: Values, environment: Values, key: str, token: str
) -> None:
    mistakes = refused({**values, f"prductr:{key}": token}, environment)
    assert mistakes
    assert all(token not in str(mistake) for mistake in mistakes)


@pytest.mark.parametrize("encrypted", [True, False])
@pytest.mark.parametrize("value", ["marker", base64.b64encode(b"marker of 31 bytes, one too few").decode(), "marker=="])
def test_a_key_in_use_must_be_encrypted_and_valid_and_is_never_shown(
    values: Values, environment: Values, value: str, encrypted: bool
) -> None:
    full = "prductr:userSecretsMasterKey"
    with pytest.raises(RefusedError, match="is not 32 bytes in base64" if encrypted else "plain text") as refused:
        Settings.load({**values, full: value}, secrets=[full] if encrypted else [], environment=environment)
    assert value not in str(refused.value)
    assert full in str(refused.value)


def test_a_key_in_use_is_read_and_never_shown(values: Values, environment: Values) -> None:
    full, value = "prductr:userSecretsMasterKey", base64.b64encode(b"marker of the key in use: 32 by.").decode()
    settings = Settings.load({**values, full: value}, secrets=[full], environment=environment)
    assert settings.master_key == value
    assert value not in repr(settings)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("neonAuthUrl", "https://auth.example.com:8443/a%20b/~x"),
        ("echomeUpstream", "https://api.prductr.com/v1"),
        ("repository", "habitusnet/.github"),
        ("productionBranch", "release/1.2"),
        ("databaseProject", "prductr no. 2"),
        ("landingProject", "prductr.landing_2"),
        ("landingProject", "p" * 100),
        ("landingDirectory", "."),
        ("landingDirectory", "packages/@acme/landing"),
        ("landingDirectory", "apps/.hidden/(site) [a]"),
        ("productionBranch", "user@fix"),
        ("productionBranch", "dependabot/npm+1"),
        ("databaseMaximumComputeUnits", "0.25"),
        ("databaseMaximumComputeUnits", "0.5"),
        ("databaseMaximumComputeUnits", "8"),
        ("mailServers", '["."]'),
        ("mailSenders", '["Include:_spf.example.com"]'),
        ("vercel:team", "team_a1B2c3D4e5"),
    ],
)
def test_unusual_but_valid_values_are_accepted(values: Values, environment: Values, key: str, value: str) -> None:
    Settings.load({**values, key if ":" in key else f"prductr:{key}": value}, environment=environment)


@pytest.mark.parametrize("key", ["prductr:neonOrganization", "prductr:neonAuthUrl", "prductr:domain"])
def test_a_missing_value_is_named_once(values: Values, environment: Values, key: str) -> None:
    del values[key]
    (mistake,) = refused(values, environment)
    assert mistake.where == key
    assert mistake.what == "is required and not set"


def test_an_unknown_key_is_refused_and_the_nearest_one_suggested(values: Values, environment: Values) -> None:
    (mistake,) = refused({**values, "prductr:dashbordHost": "dashboard.prductr.com"}, environment)
    assert mistake.where == "prductr:dashbordHost"
    assert "prductr:dashboardHost" in mistake.remedy


def test_an_unknown_key_of_a_provider_is_refused(values: Values, environment: Values) -> None:
    (mistake,) = refused({**values, "vercel:teamId": "hhnn"}, environment)
    assert mistake.where == "vercel:teamId"


def test_keys_of_other_namespaces_are_ignored(values: Values, environment: Values) -> None:
    Settings.load({**values, "pulumi:tags": "{}", "other:key": "x"}, environment=environment)


@pytest.mark.parametrize("team", [None, "", "my team", "\u00e9", "-hhnn", "hhnn\n"])
def test_without_a_team_resources_would_land_in_a_personal_account_v13(
    values: Values, environment: Values, team: str | None
) -> None:
    del values["vercel:team"]
    if team is not None:
        values["vercel:team"] = team
    (mistake,) = refused(values, environment)
    assert mistake.where == "vercel:team"


def test_all_mistakes_are_reported_in_one_error(values: Values) -> None:
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


def test_lists_keep_their_order(values: Values, environment: Values) -> None:
    values["prductr:mailServers"] = json.dumps(["mx1.example.com", "mx2.example.com"])
    values["prductr:mailSenders"] = json.dumps(["include:_spf.example.com", "ip4:192.0.2.1"])
    mail = Settings.load(values, environment=environment).mail
    assert mail.servers == ("mx1.example.com", "mx2.example.com")
    assert mail.senders == ("include:_spf.example.com", "ip4:192.0.2.1")
