"""Every way in which a host can be wrong is named. Prevents: a launch that passes although its hosts do not."""

from __future__ import annotations

import json

import pytest

from components.workers import version
from components.workers.edge import MODULES
from launch.report.findings import FailedError, Verdict, worst
from tests.launch.verify.conftest import HOSTS, Launch, upload
from tests.sandbox.edge.clouds import ECHOME

APEX, DASHBOARD, WWW = "prductr.com", "dashboard.prductr.com", "www.prductr.com"
ECHOME_HOST, CONDUCTOR = "echome.prductr.com", "conductor.prductr.com"


def test_a_launch_as_declared_passes_every_check(launched: Launch) -> None:
    found = launched.verify()
    assert {finding.verdict for finding in found.values()} == {Verdict.PASSED}, found
    assert len(found) == 6 + 5 + 7 + 6 + 5 + 4 + 1 + 1
    assert found[f"{ECHOME_HOST}/what it needs"].detail == "keys ok, limiter ok, upstream none"
    assert worst(found.values()).exit_code == 0
    assert found[f"{DASHBOARD}/up"].detail == "redirects to /login on the same host (answers do not name the project)"
    assert found[f"{ECHOME_HOST}/declared Worker"].detail == f"echome, version {version(MODULES['echome'])}"
    assert found[f"{CONDUCTOR}/answers"].detail == "503, Retry-After: 86400"


def test_a_flexible_zone_in_front_of_vercel_is_a_loop_with_its_chain(launched: Launch) -> None:
    launched.clouds.record(APEX, "A", "76.76.21.21", proxied=True)
    launched.clouds.setting("ssl", "flexible")
    found = launched.complaints(APEX)
    assert set(found) == {f"{APEX}/{check}" for check in ("served directly", "landing page", "analytics beacon")}
    loop = found[f"{APEX}/landing page"]
    assert loop.verdict is Verdict.FAILED
    assert loop.detail == "redirect loop: https://prductr.com/ -308-> https://prductr.com/"
    assert "SSL mode Flexible" in loop.remedy


def test_a_loop_over_several_hosts_is_named_whole(launched: Launch) -> None:
    launched.clouds.attach(APEX, "prductr-landing", redirect=WWW, redirectStatusCode=307)
    detail = launched.complaints(WWW)[f"{WWW}/redirects"].detail
    assert detail.startswith("redirect loop: https://www.prductr.com/")
    assert "-308-> https://prductr.com/" in detail
    assert "-307-> https://www.prductr.com/" in detail


def test_a_missing_record_fails_every_check_of_its_host_and_no_other(launched: Launch) -> None:
    launched.clouds.forget(DASHBOARD, "CNAME")
    found = launched.complaints()
    assert {finding.subject for finding in found.values()} == {DASHBOARD}
    assert {finding.verdict for finding in found.values()} == {Verdict.FAILED}
    assert found[f"{DASHBOARD}/resolves"].detail == f"{DASHBOARD} does not exist (NXDOMAIN)"


def test_a_domain_at_the_wrong_project_is_detected_by_its_responses(launched: Launch) -> None:
    launched.clouds.attach(APEX, "prductr-com")
    found = launched.complaints(APEX)
    assert "served by the dashboard" in found[f"{APEX}/landing page"].detail
    assert "no analytics beacon" in found[f"{APEX}/analytics beacon"].detail


def test_a_domain_at_no_project_has_no_tls(launched: Launch) -> None:
    assert launched.clouds.store.delete("vercel.project_domains", APEX)
    found = launched.complaints(APEX)
    assert "no TLS connection" in found[f"{APEX}/certificate"].detail
    assert found[f"{APEX}/certificate"].verdict is Verdict.FAILED
    assert "this domain is attached to none" in found[f"{APEX}/http leads to https"].remedy


def test_an_untrusted_certificate_is_refused(launched: Launch) -> None:
    launched.clouds.attach(APEX, "prductr-landing", _certificate="invalid")
    assert "certificate is not trusted" in launched.complaints(APEX)[f"{APEX}/certificate"].detail


def test_a_project_without_production_deployment_is_named(launched: Launch) -> None:
    launched.clouds.deployment("prductr-landing", "1", {}, readyState="ERROR")
    assert "DEPLOYMENT_NOT_FOUND" in launched.complaints(APEX)[f"{APEX}/landing page"].detail


def test_another_sites_token_and_a_missing_one_are_distinguished(launched: Launch) -> None:
    launched.clouds.project("prductr-landing", "packages/landing", {"NEXT_PUBLIC_CF_BEACON_TOKEN": "f" * 32})
    assert f"token is {'f' * 32}" in launched.complaints(APEX)[f"{APEX}/analytics beacon"].detail
    launched.clouds.project("prductr-landing", "packages/landing", {})
    assert "built without the token" in launched.complaints(APEX)[f"{APEX}/analytics beacon"].detail


def test_a_dashboard_that_sends_its_visitors_elsewhere_is_not_up(launched: Launch) -> None:
    launched.clouds.attach(DASHBOARD, "prductr-com", redirect=APEX, redirectStatusCode=307)
    assert "redirects its visitors elsewhere" in launched.complaints(DASHBOARD)[f"{DASHBOARD}/up"].detail


def test_the_landing_site_in_place_of_the_dashboard_answers_and_is_not_mistaken_for_it(launched: Launch) -> None:
    launched.clouds.attach(DASHBOARD, "prductr-landing")
    assert "served by the landing project" in launched.complaints(DASHBOARD)[f"{DASHBOARD}/up"].detail


def test_a_worker_that_throws_or_is_gone_is_down(launched: Launch) -> None:
    launched.clouds.worker("echome", "export default { fetch() { throw new Error('defect'); } };")
    found = launched.complaints(ECHOME_HOST)
    assert found[f"{ECHOME_HOST}/answers"].detail == f"https://{ECHOME_HOST}/health answers 500, not 200"
    assert launched.clouds.store.delete("cloudflare.workers_domains", ECHOME_HOST)
    assert "answers 522" in launched.complaints(ECHOME_HOST)[f"{ECHOME_HOST}/answers"].detail


@pytest.mark.parametrize("name", ["echome", "conductor"])
def test_a_stranger_that_answers_as_declared_is_not_mistaken_for_the_worker(launched: Launch, name: str) -> None:
    host = f"{name}.prductr.com"
    status = 200 if name == "echome" else 503
    kind = f"{{ status: {status}, headers: {{ 'retry-after': '86400' }} }}"
    launched.clouds.worker("stranger", f"export default {{ fetch: () => new Response('mine', {kind}) }};", host)
    found = launched.complaints(host)
    assert f"{host}/declared Worker" in found
    detail = found[f"{host}/declared Worker"].detail
    assert detail == (
        f"https://{host}/health answers {status}, but reports no name and version: this is not the Worker {name}"
    )


@pytest.mark.parametrize(
    "expected", [{"service": "stranger", "version": version(MODULES["echome"])}, ["echome"], {"service": 1}]
)
def test_a_stranger_that_speaks_of_itself_is_not_the_worker(launched: Launch, expected: object) -> None:
    code = f"export default {{ fetch: () => new Response('{json.dumps(expected)}') }};"
    launched.clouds.worker("stranger", code, ECHOME_HOST)
    finding = launched.complaints(ECHOME_HOST)[f"{ECHOME_HOST}/declared Worker"]
    assert finding.verdict is Verdict.FAILED
    assert "not by the Worker echome" in finding.detail or "not the Worker echome" in finding.detail


def test_one_worker_in_the_place_of_another_and_an_old_version_are_named(launched: Launch) -> None:
    upload(launched.clouds, "conductor", ECHOME_HOST)
    found = launched.complaints(ECHOME_HOST)[f"{ECHOME_HOST}/declared Worker"]
    assert found.detail == f"https://{ECHOME_HOST}/health is answered by 'conductor', not by the Worker echome"
    upload(launched.clouds, "echome", ECHOME_HOST, "0123456789ab")
    found = launched.complaints(ECHOME_HOST)[f"{ECHOME_HOST}/declared Worker"]
    assert found.detail == f"the Worker echome answers in version '0123456789ab', not {version(MODULES['echome'])}"
    assert found.remedy.startswith("Right after an update, try again")


def test_a_finding_about_the_dashboard_does_not_name_a_project(launched: Launch) -> None:
    launched.clouds.project("third", "apps/dashboard", {"CONDUCTOR_DATABASE_URL": launched.database.app})
    launched.clouds.attach(DASHBOARD, "third")
    assert "answers do not name the project" in launched.verify()[f"{DASHBOARD}/up"].detail


def test_a_reserved_conductor_must_send_retry_after(launched: Launch) -> None:
    launched.clouds.worker("conductor", "export default { fetch: () => new Response('', { status: 503 }) };")
    assert launched.complaints(CONDUCTOR)[f"{CONDUCTOR}/answers"].detail.endswith("without the header Retry-After")
    launched.clouds.worker("conductor", ECHOME)
    assert "answers 404, not 503" in launched.complaints(CONDUCTOR)[f"{CONDUCTOR}/answers"].detail


def test_a_conductor_in_the_loop_of_today_is_named(launched: Launch) -> None:
    assert launched.clouds.store.delete("cloudflare.workers_domains", CONDUCTOR)
    launched.clouds.forget(CONDUCTOR, "AAAA")
    launched.clouds.record(CONDUCTOR, "CNAME", "cname.vercel-dns.com", proxied=True)
    launched.clouds.attach(CONDUCTOR, "prductr-com")
    launched.clouds.setting("ssl", "flexible")
    found = launched.complaints(CONDUCTOR)[f"{CONDUCTOR}/answers"]
    assert found.detail == f"redirect loop: https://{CONDUCTOR}/ -308-> https://{CONDUCTOR}/"


def test_an_absent_host_has_no_record(launched: Launch) -> None:
    launched.hosts[CONDUCTOR] = {"kind": "absent", "by": "nothing", "expect": {}}
    assert "is declared absent, but leads to " in launched.complaints(CONDUCTOR)[f"{CONDUCTOR}/is absent"].detail
    launched.clouds.forget(CONDUCTOR, "AAAA")
    assert launched.clouds.store.delete("cloudflare.workers_domains", CONDUCTOR)
    assert launched.verify()[f"{CONDUCTOR}/is absent"].detail == "NXDOMAIN"


def test_an_alias_redirects_to_the_dashboard(launched: Launch) -> None:
    assert launched.clouds.store.delete("cloudflare.workers_domains", CONDUCTOR)
    launched.clouds.redirect(CONDUCTOR, DASHBOARD)
    launched.hosts[CONDUCTOR] = HOSTS[WWW] | {"expect": {"status": [308], "location": f"https://{DASHBOARD}"}}
    assert launched.complaints(CONDUCTOR) == {}


def test_a_redirect_that_loses_path_query_or_permanence_is_detected(launched: Launch) -> None:
    value = {"status_code": 308, "preserve_query_string": False, "target_url": {"value": f"https://{APEX}/"}}
    launched.clouds.redirect(WWW, APEX, action_parameters={"from_value": value})
    detail = launched.complaints(WWW)[f"{WWW}/redirects"].detail
    assert "redirects to https://prductr.com/, not to https://prductr.com/launch-verify/a%20b?x=1" in detail
    launched.clouds.redirect(WWW, APEX, status=302)
    assert "not a permanent redirect" in launched.complaints(WWW)[f"{WWW}/redirects"].detail


def test_changed_settings_of_the_zone_are_detected_by_its_behaviour(launched: Launch) -> None:
    launched.clouds.setting("min_tls_version", "1.0")
    launched.clouds.setting("always_use_https", "off")
    found = launched.complaints(ECHOME_HOST)
    assert set(found) == {f"{ECHOME_HOST}/no old TLS", f"{ECHOME_HOST}/http leads to https"}
    assert {finding.verdict for finding in found.values()} == {FailedError.verdict}
    assert "`always_use_https`" in found[f"{ECHOME_HOST}/http leads to https"].remedy


def test_an_unknown_kind_does_not_pass(launched: Launch) -> None:
    novelty = "new.prductr.com"
    launched.hosts[novelty] = HOSTS[APEX] | {"kind": "novelty"}
    assert launched.complaints(novelty)[f"{novelty}/answers"].verdict is Verdict.UNCHECKED


def test_a_dependency_of_the_gateway_that_does_not_answer_is_named(launched: Launch) -> None:
    nobody = "https://ep-nobody.neonauth.eu-central-1.aws.neon.build/neondb/auth"
    upload(launched.clouds, "echome", ECHOME_HOST, AUTH_URL=nobody)
    found = launched.complaints(ECHOME_HOST)[f"{ECHOME_HOST}/what it needs"]
    assert found.verdict is Verdict.FAILED
    assert found.detail.startswith("keys of echome does not answer (")


def test_a_gateway_whose_limit_is_off_is_a_failure_and_so_is_one_that_does_not_report_it(launched: Launch) -> None:
    upload(launched.clouds, "echome", ECHOME_HOST, ENABLE_RATE_LIMITING="false")
    found = launched.complaints(ECHOME_HOST)
    assert found[f"{ECHOME_HOST}/what it needs"].detail.endswith("reports that rate_limit is off")
    upload(launched.clouds, "conductor", ECHOME_HOST)
    assert "does not report its dependencies" in launched.complaints(ECHOME_HOST)[f"{ECHOME_HOST}/what it needs"].detail


def test_a_protection_that_was_switched_off_is_never_ignored(launched: Launch) -> None:
    meaning = "users' calls are not limited"
    off = {"enableRateLimiting": {"meaning": meaning, "reason": "incident 4711", "until": "2026-12-31"}}
    launched.protections_off = off
    found = launched.verify()["protections/are on"]
    assert (found.verdict, worst([found]).exit_code) == (Verdict.FAILED, 2)
    assert found.detail == f"enableRateLimiting is off: {meaning} (excused until 2026-12-31: incident 4711)"
    assert found.remedy.startswith("pulumi config set enableRateLimiting true")
