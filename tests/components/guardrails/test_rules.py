"""Prevents: a hazard that the components avoid coming back through a changed component or a resource beside them.

Each rule fails on a resource that breaks it and passes on the same resource done right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.guardrails import rules
from components.guardrails.registration import Declared
from components.settings.problems import Mistake
from components.workers.classes import Classes, Migration, Uploaded
from contract import resource_types as kinds

Rule = Callable[[Sequence[Declared]], Iterator[Mistake]]


def resource(kind: str, options: pulumi.ResourceOptions | None = None, /, **inputs: object) -> Declared:
    return Declared(kind, "it", inputs, options or pulumi.ResourceOptions())


def mistakes(rule: Rule, *stack: Declared) -> list[str]:
    return [f"{mistake.where} {mistake.what}" for mistake in rule(stack)]


def record(**inputs: object) -> Declared:
    sound = {"name": "a.prductr.com", "type": "CNAME", "content": "example.com", "proxied": False, "ttl": 300}
    return resource(kinds.DNS_RECORD, **{**sound, **inputs})


def variable(**inputs: object) -> Declared:
    sound = {"key": "ENABLE_RLS", "sensitive": False, "targets": ["production"]}
    return resource(kinds.VERCEL_VARIABLE, **{**sound, **inputs})


def neon_project(**inputs: object) -> Declared:
    options = pulumi.ResourceOptions(protect=True, retain_on_delete=True)
    return resource(kinds.NEON_PROJECT, options, **{**dict.fromkeys(rules.NEON_FIELDS, "set"), **inputs})


@pytest.mark.parametrize(
    "content",
    ["76.76.21.21", "76.76.21.98", "cname.vercel-dns.com", "abc123.vercel-dns-017.com", "cname.vercel-dns.com."],
)
def test_a_proxied_record_to_vercel_is_refused_c14(content: str) -> None:
    rule = rules.nothing_proxied_that_vercel_serves
    assert mistakes(rule, record(content=content, proxied=True)) == ["DnsRecord it is proxied, but Vercel serves it"]
    assert mistakes(rule, record(content=content)) == []
    assert mistakes(rule, record(content="evil-vercel-dns.com", proxied=True)) == []


def test_a_proxied_record_of_a_host_that_vercel_serves_is_refused_c14() -> None:
    domain = resource(kinds.VERCEL_DOMAIN, domain="a.prductr.com")
    rule = rules.nothing_proxied_that_vercel_serves
    assert len(mistakes(rule, domain, record(content="192.0.2.1", proxied=True))) == 1
    assert mistakes(rule, domain, record(name="b.prductr.com", content="192.0.2.1", proxied=True)) == []


def test_a_proxied_record_has_ttl_1_c3() -> None:
    rule = rules.proxied_records_have_the_automatic_ttl
    assert mistakes(rule, record(proxied=True, ttl=300)) == ["DnsRecord it is proxied with ttl 300"]
    assert mistakes(rule, record(proxied=True, ttl=1), record(ttl=300)) == []


def test_a_custom_domain_and_a_record_of_the_same_name_are_refused_c7() -> None:
    worker = resource(kinds.WORKERS_CUSTOM_DOMAIN, hostname="a.prductr.com")
    rule = rules.a_host_is_answered_once
    assert "custom domain of a Worker" in mistakes(rule, worker, record())[0]
    assert mistakes(rule, worker, record(name="b.prductr.com")) == []


def test_a_domain_at_two_projects_is_refused() -> None:
    domain = resource(kinds.VERCEL_DOMAIN, domain="prductr.com")
    rule = rules.a_host_is_answered_once
    assert "is claimed by" in mistakes(rule, domain, replace(domain, name="other"))[0]
    assert mistakes(rule, domain) == []


def test_a_cname_beside_another_record_is_refused() -> None:
    rule = rules.a_host_is_answered_once
    assert "has a CNAME and other records" in mistakes(rule, record(), record(type="TXT", content='"x"'))[0]
    assert mistakes(rule, record(type="A", content="192.0.2.1"), record(type="TXT", content='"x"')) == []


@pytest.mark.parametrize("mode", ["flexible", "off", None])
def test_a_zone_that_contacts_origins_in_plain_text_is_refused_c14(mode: str | None) -> None:
    rule = rules.the_zone_encrypts_to_the_origin
    assert len(mistakes(rule, resource(kinds.ZONE_SETTING, setting_id="ssl", value=mode))) == 1
    assert mistakes(rule, resource(kinds.ZONE_SETTING, setting_id="ssl", value="strict")) == []
    assert mistakes(rule, resource(kinds.ZONE_SETTING, setting_id="min_tls_version", value="1.2")) == []


def test_a_neon_project_that_could_be_deleted_is_refused_n1() -> None:
    rule = rules.the_database_cannot_be_lost
    bare = replace(neon_project(), options=pulumi.ResourceOptions())
    assert [text.partition(" it ")[2] for text in mistakes(rule, bare)] == [
        "is not protected",
        "would be deleted with the stack",
    ]
    assert mistakes(rule, neon_project()) == []


@pytest.mark.parametrize("field", rules.NEON_FIELDS)
def test_a_neon_project_that_leaves_a_field_to_a_default_is_refused_n2_n6(field: str) -> None:
    (mistake,) = mistakes(rules.the_database_cannot_be_lost, neon_project(**{field: None}))
    assert field in mistake


def test_a_role_made_by_the_api_is_refused() -> None:
    (mistake,) = mistakes(rules.no_role_is_made_by_an_api, resource(kinds.NEON_ROLE, name="app"))
    assert "bypass row security" in mistake
    assert mistakes(rules.no_role_is_made_by_an_api, neon_project()) == []


def test_variables_declared_together_or_inline_are_refused_v5_v6() -> None:
    rule = rules.variables_are_declared_one_by_one
    assert len(mistakes(rule, resource(kinds.VERCEL_VARIABLES, variables=[]))) == 1
    assert len(mistakes(rule, resource(kinds.VERCEL_PROJECT, environments=[]))) == 1
    assert mistakes(rule, resource(kinds.VERCEL_PROJECT, environments=None), variable()) == []


@pytest.mark.parametrize(
    ("inputs", "what"),
    [
        ({"key": "CONDUCTOR_AUTH_BYPASS"}, "must never be set"),
        ({"sensitive": None}, "leaves sensitive to a default"),
        ({"key": "NEXT_PUBLIC_CF_BEACON_TOKEN", "sensitive": True}, "compiled into public pages"),
        ({"key": "NEON_AUTH_COOKIE_SECRET"}, "could be read back"),
        ({"key": "USER_SECRETS_MASTER_KEY"}, "could be read back"),
        ({"key": "CONDUCTOR_DATABASE_URL"}, "could be read back"),
        ({"sensitive": True, "targets": ["development"]}, "mixes development"),
        ({"targets": ["production", "development"]}, "mixes development"),
    ],
)
def test_a_variable_that_shows_a_secret_is_refused_v2_v7(inputs: dict[str, Any], what: str) -> None:
    (mistake,) = mistakes(rules.variables_hide_what_is_secret, variable(**inputs))
    assert what in mistake


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"key": "NEXT_PUBLIC_CF_BEACON_TOKEN"},
        {"key": "NEON_AUTH_COOKIE_SECRET", "sensitive": True},
        {"targets": ["development"]},
    ],
)
def test_a_sound_variable_passes(inputs: dict[str, Any]) -> None:
    assert mistakes(rules.variables_hide_what_is_secret, variable(**inputs)) == []


def test_a_secret_in_a_plain_binding_of_a_worker_is_refused() -> None:
    rule = rules.variables_hide_what_is_secret
    bindings = [{"name": "API_TOKEN", "type": "plain_text", "text": "x"}]
    assert "secret in plain text" in mistakes(rule, resource(kinds.WORKERS_SCRIPT, bindings=bindings))[0]
    bindings[0]["type"] = "secret_text"
    assert mistakes(rule, resource(kinds.WORKERS_SCRIPT, bindings=bindings)) == []


@pytest.mark.parametrize("kind", rules.REPLACED_IN_PLACE)
def test_a_unique_resource_is_deleted_before_it_is_replaced_v1_v10_c11(kind: str) -> None:
    rule = rules.replacements_make_room_first
    assert len(mistakes(rule, resource(kind))) == 1
    assert mistakes(rule, resource(kind, pulumi.ResourceOptions(delete_before_replace=True))) == []


def test_a_generated_secret_must_be_protected_and_long() -> None:
    rule, protected = rules.secrets_do_not_rotate_by_accident, pulumi.ResourceOptions(protect=True)
    assert len(mistakes(rule, resource(kinds.RANDOM_PASSWORD, length=40))) == 1
    assert len(mistakes(rule, resource(kinds.RANDOM_PASSWORD, protected, length=16))) == 1
    assert mistakes(rule, resource(kinds.RANDOM_PASSWORD, protected, length=32)) == []


@pytest.mark.parametrize("kind", kinds.RANDOM_VALUES_AS_IDS)
def test_a_random_value_that_is_its_own_id_is_refused(kind: str) -> None:
    assert "shows its value as its id" in mistakes(rules.no_id_is_a_secret, resource(kind, length=32))[0]
    assert mistakes(rules.no_id_is_a_secret, resource(kinds.RANDOM_PASSWORD, length=32)) == []


def test_an_analytics_site_must_be_protected_c12() -> None:
    rule = rules.secrets_do_not_rotate_by_accident
    assert "history" in mistakes(rule, resource(kinds.WEB_ANALYTICS_SITE))[0]
    assert mistakes(rule, resource(kinds.WEB_ANALYTICS_SITE, pulumi.ResourceOptions(protect=True))) == []


@pytest.mark.parametrize("deployments_before", [0, 1, 2])
def test_a_constant_block_of_migrations_is_refused_from_the_first_deployment_on_c15(deployments_before: int) -> None:
    rule = rules.migrations_of_classes_are_sent_once
    step = Migration(tag="v1", new_sqlite_classes=("C",))
    present = Uploaded(tag="v1", modified_on=f"deployment {deployments_before}") if deployments_before else None
    decided = Classes(history=[step], present=present).block("it", "inputs")
    assert (decided is None) is bool(deployments_before)
    assert mistakes(rule, resource(kinds.WORKERS_SCRIPT, migrations=decided)) == []
    expected = ["WorkersScript it has a constant `migrations` block, which breaks the second deployment"]
    first = Classes(history=[step], present=None).block("it", "inputs")
    assert first is not None
    by_hand = type(first)(new_tag="v1", new_sqlite_classes=["C"])
    for block in (by_hand, {"new_tag": "v1", "new_sqlite_classes": ["C"]}, pulumi.Output.from_input(by_hand)):
        assert mistakes(rule, resource(kinds.WORKERS_SCRIPT, migrations=block)) == expected


def test_a_block_that_stays_declared_while_nothing_changes_is_accepted_c15() -> None:
    kept = Classes(
        history=[Migration(tag="v1", new_sqlite_classes=("C",))],
        present=Uploaded(tag="v1", modified_on="then"),
        earlier={"sent_with": "inputs", "sent_from": "", "modified_on": "then"},
    ).block("it", "inputs")
    assert kept is not None
    assert mistakes(rules.migrations_of_classes_are_sent_once, resource(kinds.WORKERS_SCRIPT, migrations=kept)) == []


def test_an_explicit_provider_would_store_its_credential() -> None:
    rule = rules.credentials_stay_out_of_the_state
    assert len(mistakes(rule, resource("pulumi:providers:cloudflare", api_token="x"))) == 1
    assert mistakes(rule, record()) == []


def reviewed(**inputs: object) -> Declared:
    sound = {"key": "ENABLE_RLS", "sensitive": False, "targets": ["preview"], "git_branch": "feature/x"}
    return resource(kinds.VERCEL_VARIABLE, **{**sound, **inputs})


@pytest.mark.parametrize(
    "shared",
    [
        *(
            resource(kind)
            for kind in (kinds.DNS_RECORD, kinds.ZONE_SETTING, kinds.RULESET, kinds.WORKERS_CUSTOM_DOMAIN)
        ),
        *(
            resource(kind)
            for kind in (kinds.VERCEL_PROJECT, kinds.VERCEL_DOMAIN, kinds.NEON_PROJECT, "pulumi:unknown:X")
        ),
        reviewed(targets=["production"]),
        reviewed(targets=["preview", "production"]),
        reviewed(git_branch=None),
        resource(kinds.WORKERS_SCRIPT, script_name="echome"),
        resource(kinds.WORKERS_SCRIPT, script_name="echome-staging"),
        resource(kinds.VERCEL_DEPLOYMENT, production=True),
        resource(kinds.VERCEL_DEPLOYMENT),
    ],
    ids=str,
)
def test_a_review_declares_nothing_that_production_shares(shared: Declared) -> None:
    assert mistakes(rules.a_review_keeps_to_itself, shared)


def test_a_reviews_own_resources_are_accepted() -> None:
    own = (
        reviewed(),
        resource(kinds.WORKERS_SCRIPT, script_name="echome-pr-7"),
        resource(kinds.VERCEL_DEPLOYMENT, production=False),
        resource("prductr:review:Database"),
        *map(resource, (kinds.REVIEW_BRANCH, kinds.MIGRATIONS, kinds.ROW_SECURITY, kinds.RANDOM_PASSWORD)),
    )
    assert mistakes(rules.a_review_keeps_to_itself, *own) == []


def test_every_rule_is_in_force() -> None:
    defined = {name for name, value in vars(rules).items() if getattr(value, "__module__", "") == rules.__name__}
    in_force = {rule.__name__ for rule in {*rules.RULES, *rules.REVIEW_RULES}}
    assert {name for name in defined if not name.startswith("_")} == in_force
