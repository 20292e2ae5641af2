"""Prevents: the known hazards of the providers. Each is searched for in the program's real declarations.

The letters are those of the components' comments: N Neon, V Vercel, C Cloudflare.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.database import refuse_second_project
from tools.program.declared import rehearse

Rehearsed = dict[str, Any]
Declared = dict[str, Any]


def of_type(rehearsed: Rehearsed, ending: str, at_least: int = 1) -> list[Declared]:
    found = [resource for resource in rehearsed["resources"] if resource["type"].endswith(f":{ending}")]
    assert len(found) >= at_least, ending
    return found


def named(rehearsed: Rehearsed, name: str) -> Declared:
    (found,) = [resource for resource in rehearsed["resources"] if resource["name"] == name]
    return dict(found)


def test_n1_n2_n6_every_field_that_replaces_the_neon_project_is_set(prod: Rehearsed) -> None:
    project = named(prod, "database-project")
    assert project["protect"]
    assert project["retainOnDelete"]
    assert project["inputs"] == {
        "name": "prductr",
        "orgId": "org-rehearsal-00000000",
        "regionId": "aws-eu-central-1",
        "pgVersion": 18,
        "historyRetentionSeconds": 21600,
        "storePassword": "yes",
        "branch": {"name": "main", "roleName": "neondb_owner", "databaseName": "neondb"},
        "defaultEndpointSettings": {
            "autoscalingLimitMinCu": 0.25,
            "autoscalingLimitMaxCu": 2,
            "suspendTimeoutSeconds": 0,
        },
    }


def test_n4_a_lost_project_is_not_quietly_recreated(prod: Rehearsed) -> None:
    assert named(prod, "database-project")["hooks"]["beforeCreate"][0] == "database-refuse-second"
    refuse_second_project(None)
    refuse_second_project({})
    with pytest.raises(ValueError, match=r"(?s)has had the Neon project late-moon-1.*replaceLostDatabase true"):
        refuse_second_project({"project_id": "late-moon-1"})


def test_n3_a_name_changed_at_neon_is_reported_as_the_cause_before_the_way_to_an_empty_project() -> None:
    with pytest.raises(ValueError, match=r"(?s)branch main, database neondb or role neondb_owner.*replaceLostDatabase"):
        refuse_second_project({"project_id": "late-moon-1"})


def test_n7_compute_settings_apply_only_to_a_new_project(rehearsed: Rehearsed) -> None:
    assert named(rehearsed, "database-project")["ignoreChanges"] == ["defaultEndpointSettings"]


def test_n8_n13_fields_that_the_provider_cannot_change_are_left_out(prod: Rehearsed) -> None:
    inputs = named(prod, "database-project")["inputs"]
    assert not {"maintenanceWindow", "allowedIps", "enableLogicalReplication", "hipaa"} & set(inputs)


def test_n9_to_n12_the_project_is_the_only_neon_resource(rehearsed: Rehearsed) -> None:
    neon = [resource["type"] for resource in rehearsed["resources"] if resource["type"].startswith("neon:")]
    assert neon == ["neon:index/project:Project"]


def test_n14_the_owners_password_is_escaped_in_the_url(prod: Rehearsed) -> None:
    assert "sslmode=require" in prod["outputs"]["owner_database_url"]["secret"]
    assert named(prod, "database-project")["additionalSecretOutputs"] == [
        "connectionUri",
        "connectionUriPooler",
        "databasePassword",
    ]


def test_p7_neon_is_pinned_through_the_bridge(prod: Rehearsed) -> None:
    (package,) = prod["packages"]
    assert (package["name"], package["version"]) == ("terraform-provider", "1.4.1")
    assert json.loads(package["parameter"]) == {
        "remote": {"url": "registry.opentofu.org/kislerdm/neon", "version": "0.15.0"}
    }
    assert named(prod, "database-project")["packageRef"]


def test_v1_v2_v7_each_variable_is_replaced_safely_and_declares_whether_it_is_sensitive(rehearsed: Rehearsed) -> None:
    for variable in of_type(rehearsed, "ProjectEnvironmentVariable", 8):
        assert variable["deleteBeforeReplace"], variable["name"]
        assert isinstance(variable["inputs"]["sensitive"], bool), variable["name"]
        assert variable["inputs"]["targets"] == ["production"], variable["name"]
        assert not {"valueWo", "valueWoVersion"} & set(variable["inputs"]), "v4: a write-only value never updates"


def test_v12_a_repaired_variable_renews_its_deployment(rehearsed: Rehearsed) -> None:
    for variable in of_type(rehearsed, "ProjectEnvironmentVariable", 8):
        renews = [] if variable["inputs"]["sensitive"] else ["value"]
        assert variable.get("replaceOnChanges", []) == renews, variable["name"]
        deployment = named(rehearsed, f"{variable['parent']}-deployment")
        assert variable["name"] in [urn.rpartition("::")[2] for urn in deployment["replaceWith"]], variable["name"]


def test_v5_v6_no_project_declares_variables_in_line(rehearsed: Rehearsed) -> None:
    for project in of_type(rehearsed, "Project", 3):
        assert "environments" not in project["inputs"]


def test_v9_v10_a_domain_comes_before_its_record_and_leaves_before_it_moves(rehearsed: Rehearsed) -> None:
    for component, record in (("landing", "dns-apex"), ("dashboard", "dns-dashboard")):
        domain = named(rehearsed, f"{component}-domain")
        assert domain["deleteBeforeReplace"]
        assert domain["inputs"]["waitForReady"] is False
        assert "gitBranch" not in domain["inputs"]
        assert f"{component}-domain" in named(rehearsed, record)["dependsOn"]


def test_a_site_is_built_without_waiting_for_a_host_that_another_project_may_still_serve(rehearsed: Rehearsed) -> None:
    for component in ("landing", "dashboard"):
        assert f"{component}-domain" not in named(rehearsed, f"{component}-deployment")["dependsOn"]


def test_v11_values_that_the_server_would_choose_are_set(rehearsed: Rehearsed) -> None:
    for name in ("landing-project", "dashboard-project"):
        inputs = named(rehearsed, name)["inputs"]
        assert inputs["vercelAuthentication"] == {"deploymentType": "standard_protection_new"}
        assert inputs["enableAffectedProjectsDeployments"] is False
        assert inputs["resourceConfig"] == {"functionDefaultRegions": ["iad1"], "fluid": True}
        assert "serverlessFunctionRegion" not in inputs
        assert inputs["automaticallyExposeSystemEnvironmentVariables"] is True


def test_v12_a_changed_variable_makes_a_new_deployment_and_nothing_else_does(sandbox: Rehearsed) -> None:
    changed = rehearse("sandbox", config={"prductr:enableRateLimiting": "false"})
    again = rehearse("sandbox", config={"prductr:dmarcPolicy": "reject"})
    before, after, same = (named(run, "dashboard-deployment")["inputs"] for run in (sandbox, changed, again))
    assert before["meta"]["environment"] != after["meta"]["environment"]
    assert {**before, "meta": None} == {**after, "meta": None}
    assert before == same
    assert named(sandbox, "landing-deployment")["inputs"] == named(changed, "landing-deployment")["inputs"]


def test_v12_a_deployment_waits_for_its_variables_and_is_kept_for_rollback(rehearsed: Rehearsed) -> None:
    deployment = named(rehearsed, "dashboard-deployment")
    variables = {
        one["name"] for one in of_type(rehearsed, "ProjectEnvironmentVariable") if one["parent"] == "dashboard"
    }
    assert variables <= set(deployment["dependsOn"])
    assert deployment["inputs"]["deleteOnDestroy"] is False
    assert deployment["inputs"]["production"] is True


def test_the_fingerprint_of_an_environment_reveals_nothing(rehearsed: Rehearsed) -> None:
    fingerprint = named(rehearsed, "dashboard-deployment")["inputs"]["meta"]["environment"]
    assert len(fingerprint) == 16
    assert set(fingerprint) <= set("0123456789abcdef")


def test_the_dashboard_waits_for_the_schema_and_so_for_its_role(rehearsed: Rehearsed) -> None:
    assert named(rehearsed, "dashboard")["dependsOn"] == ["schema-migrations", "schema-plans", "schema-row-security"]


def test_row_security_comes_after_the_tables(rehearsed: Rehearsed) -> None:
    assert "schema-migrations" in named(rehearsed, "schema-row-security")["dependsOn"]


def test_v13_the_team_is_never_left_to_each_resource(rehearsed: Rehearsed) -> None:
    for resource in rehearsed["resources"]:
        if resource["type"].startswith("vercel:"):
            assert "teamId" not in resource["inputs"], "it is the provider's, required by the settings"


def test_c1_records_have_full_names_and_only_stable_fields(rehearsed: Rehearsed) -> None:
    for record in of_type(rehearsed, "DnsRecord", 5):
        assert record["inputs"]["name"].endswith("prductr.com"), record["name"]
        assert not {"settings", "tags", "data"} & set(record["inputs"]), record["name"]


def test_c3_c14_only_hosts_that_cloudflare_answers_itself_are_proxied(rehearsed: Rehearsed) -> None:
    proxied = [record for record in of_type(rehearsed, "DnsRecord") if record["inputs"]["proxied"]]
    assert [(record["inputs"]["name"], record["inputs"]["content"]) for record in proxied] == [
        ("www.prductr.com", "100::")
    ]
    assert [record["inputs"]["ttl"] for record in proxied] == [1]


def test_c5_c6_a_script_declares_all_its_bindings_and_no_placement(rehearsed: Rehearsed) -> None:
    names = {
        script["name"]: [binding["name"] for binding in script["inputs"]["bindings"]]
        for script in of_type(rehearsed, "WorkersScript", 4)
    }
    assert names == {
        "conductor-script": ["ALIAS_HOST", "VERSION"],
        "echome-script": [
            "AUTH_URL",
            "CORS_ORIGINS",
            "ENABLE_RATE_LIMITING",
            "HOST",
            "LIMITER",
            "RATE_LIMIT_PLANS",
            "RATE_LIMIT_UNAVAILABLE",
            "SERVICE",
            "UPSTREAM_SECRET",
            "UPSTREAM_TIMEOUT_SECONDS",
            "UPSTREAM_URL",
            "VERSION",
        ],
        "limiter-script": ["VERSION"],
        "upkeep-script": ["ANALYTICS_RETENTION_DAYS", "DATABASE_URL", "VERSION"],
    }
    for script in of_type(rehearsed, "WorkersScript"):
        assert not {"placement", "keepBindings", "force"} & set(script["inputs"])
        assert ("migrations" in script["inputs"]) == (script["name"] == "limiter-script")


def test_c7_the_host_of_a_worker_has_no_record_of_ours(rehearsed: Rehearsed) -> None:
    records = {record["inputs"]["name"] for record in of_type(rehearsed, "DnsRecord")}
    workers = {domain["inputs"]["hostname"] for domain in of_type(rehearsed, "WorkersCustomDomain", 2)}
    assert workers == {"echome.prductr.com", "conductor.prductr.com"}
    assert not records & workers


def test_c8_a_custom_domain_waits_for_its_script(rehearsed: Rehearsed) -> None:
    for domain in of_type(rehearsed, "WorkersCustomDomain", 2):
        assert f"{domain['parent']}-script" in domain["dependsOn"]
        assert "environment" not in domain["inputs"], "deprecated"


def test_c9_c14_the_zone_is_strict_and_stays_so(rehearsed: Rehearsed) -> None:
    settings = {one["inputs"]["settingId"]: one["inputs"]["value"] for one in of_type(rehearsed, "ZoneSetting", 4)}
    assert settings == {
        "ssl": "strict",
        "ssl_automatic_mode": "custom",
        "always_use_https": "on",
        "min_tls_version": "1.2",
    }
    assert all(one["retainOnDelete"] for one in of_type(rehearsed, "ZoneSetting"))


def test_c10_redirect_rules_have_references_of_their_own(rehearsed: Rehearsed) -> None:
    ruleset = named(rehearsed, "redirects-ruleset")
    (rule,) = ruleset["inputs"]["rules"]
    assert rule["ref"] == "redirect_www_prductr_com"
    assert rule["expression"] == '(http.host eq "www.prductr.com")'
    target = rule["actionParameters"]["fromValue"]
    assert target["preserveQueryString"] is True
    assert target["statusCode"] == 308
    assert target["targetUrl"]["expression"] == 'concat("https://prductr.com", http.request.uri.path)'


def test_c11_records_are_deleted_before_they_are_replaced(rehearsed: Rehearsed) -> None:
    assert all(record["deleteBeforeReplace"] for record in of_type(rehearsed, "DnsRecord", 5))


def test_c12_the_analytics_site_belongs_to_a_host_and_keeps_its_token(rehearsed: Rehearsed) -> None:
    (site,) = of_type(rehearsed, "WebAnalyticsSite")
    assert site["inputs"] == {"accountId": "account", "host": "prductr.com", "autoInstall": False}
    assert site["protect"]


def test_names_at_the_vendors_are_explicit(rehearsed: Rehearsed) -> None:
    names = {
        "landing-project": ("name", "prductr-landing"),
        "dashboard-project": ("name", "prductr-com"),
        "database-project": ("name", "prductr"),
        "echome-script": ("scriptName", "echome"),
        "conductor-script": ("scriptName", "conductor"),
        "limiter-script": ("scriptName", "limiter"),
        "upkeep-script": ("scriptName", "upkeep"),
        "redirects-ruleset": ("name", "prductr redirects"),
    }
    for resource, (field, name) in names.items():
        assert named(rehearsed, resource)["inputs"][field] == name


def test_mail_is_left_alone_by_default_and_nobody_may_forge_it(prod: Rehearsed) -> None:
    texts = {
        record["inputs"]["name"]: record["inputs"]["content"]
        for record in of_type(prod, "DnsRecord")
        if record["inputs"]["type"] == "TXT"
    }
    assert texts == {"prductr.com": '"v=spf1 ~all"', "_dmarc.prductr.com": '"v=DMARC1; p=none"'}
    assert "MX" not in {record["inputs"]["type"] for record in of_type(prod, "DnsRecord")}


def test_mail_servers_are_declared_in_order_and_may_send() -> None:
    config = {
        "prductr:mailServers": '["mx1.example.com", "mx2.example.com"]',
        "prductr:mailSenders": '["include:_spf.example.com"]',
        "prductr:mailFromOthers": "fail",
        "prductr:dmarcPolicy": "reject",
        "prductr:dmarcReports": '["dmarc@prductr.com", "dmarc@reports.example.com"]',
    }
    records = of_type(rehearse("prod", config=config), "DnsRecord")
    servers = {
        record["inputs"]["content"]: record["inputs"]["priority"]
        for record in records
        if record["inputs"]["type"] == "MX"
    }
    texts = {record["inputs"]["content"] for record in records if record["inputs"]["type"] == "TXT"}
    assert servers == {"mx1.example.com": 10, "mx2.example.com": 20}
    reports = "rua=mailto:dmarc@prductr.com,mailto:dmarc@reports.example.com"
    assert texts == {'"v=spf1 mx include:_spf.example.com -all"', f'"v=DMARC1; p=reject; {reports}"'}
