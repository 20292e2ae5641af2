"""The incidents of a launch, each with its way out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

from launch.runbook import commands as c
from launch.runbook.policy import Policy
from launch.runbook.steps import Purpose, Scenario, Step
from launch.runbook.values import Values

_NOTHING = "Nothing to undo: it brings back what is declared."
_EXCUSED_DAYS = 2
_OTHER_REGIONS = ("fra1", "iad1")
"""Regions to move to; the first one that is not the present region is used."""

CHECK, MITIGATE, CONFIRM, REPAIR, UNDO = (
    Purpose.CHECK,
    Purpose.MITIGATE,
    Purpose.CONFIRM,
    Purpose.REPAIR,
    Purpose.UNDO,
)


def scenarios(values: Values, policy: Policy, *, today: date) -> tuple[Scenario, ...]:
    """Return all scenarios, the worst first. The excuse for a flag counts from `today`."""
    return (
        _site_down(values, policy),
        _dashboard_500(values, policy),
        _database_unreachable(values, policy),
        _tenant_leak(policy),
        _limiter(values, today),
        _token_leaked(values),
        _wrong_deployment(values, policy),
        _region_outage(values, policy),
    )


def _site_down(values: Values, policy: Policy) -> Scenario:
    host = values.host("site")
    return Scenario(
        id="site-down",
        title="The site is down",
        severity="P0",
        symptom=f"https://{host}/ does not answer, or answers 404",
        impact="Nobody reaches the landing page; links to it lead to nothing.",
        call=f"Vercel, if verify says that it answers with an error of its own: {policy.support('Vercel')}",
        undo=_NOTHING,
        steps=(
            c.verify(CHECK, "names the host and what is wrong with it", 2),
            c.drift("names what was deleted or changed by hand; 0: look at the status pages instead", 2, 0),
            c.up(MITIGATE, "makes again what is declared: record, domain, deployment"),
            c.verify(CONFIRM, "all passed"),
        ),
    )


def _dashboard_500(values: Values, policy: Policy) -> Scenario:
    host = values.host("application")
    return Scenario(
        id="dashboard-500",
        title="The dashboard answers 500",
        severity="P0",
        symptom=f"https://{host}/ answers 500",
        impact="No user can work.",
        call=f"Vercel, if neither way helps: {policy.support('Vercel')}",
        undo=_NOTHING,
        steps=(
            c.verify(CHECK, "whether the database passes: if not, go to `The database is unreachable`", 2),
            c.drift("a variable of the dashboard that was changed or deleted", 2, 3),
            c.up(
                MITIGATE,
                "gives the variables back and deploys with them",
                f"--refresh --replace '{values.dashboard_deployment}'",
            ),
            c.verify(CONFIRM, "all passed; if not, go to `A wrong deployment`"),
        ),
    )


def _database_unreachable(values: Values, policy: Policy) -> Scenario:
    endpoint = f"{values.neon}/endpoints/{values.endpoint}"
    enabled = json.dumps({"endpoint": {"disabled": False}})
    return Scenario(
        id="database-unreachable",
        title="The database is unreachable",
        severity="P0",
        symptom="verify cannot reach the database; the dashboard answers 500",
        impact="No user can work; upkeep does not run.",
        call=f"Neon, if the endpoint is enabled and does not start within 5 min: {policy.support('Neon')}",
        undo=_NOTHING,
        steps=(
            c.verify(CHECK, "the checks of the database fail, or cannot be made", 2, 1),
            c.neon(CHECK, "GET", endpoint, "look at `disabled` and `current_state`"),
            c.neon(MITIGATE, "PATCH", endpoint, "lets the endpoint start again", enabled),
            c.verify(CONFIRM, "all passed; the first connection wakes the compute"),
            c.drift("0: as declared; 2: a role may not log in, which `pulumi up --refresh` puts right", 0, 2),
        ),
    )


def _tenant_leak(policy: Policy) -> Scenario:
    return Scenario(
        id="tenant-leak",
        title="A tenant may see another's rows",
        severity="P0",
        symptom="a report of somebody else's data, or exit code 3 of verify or drift",
        impact="Data of tenants is exposed: note every minute until it is closed.",
        call=f"The team lead at once, whatever the time; Neon for the logs: {policy.support('Neon')}",
        undo=_NOTHING,
        steps=(
            c.verify(CHECK, "3: tenants are not isolated; 0: the database is, look at the application", 3),
            Step(
                purpose=CHECK,
                command="launch drift --json > leak-drift.json",
                says="keeps the evidence: what was weakened, before it is repaired",
                expect=(3, 2),
            ),
            c.up(MITIGATE, "declares row security anew, in one transaction"),
            c.verify(CONFIRM, "all passed: two tenants tried to cross and could not"),
            c.drift("0: as declared; 3 names what only a person can put right", 0, 3),
        ),
    )


def _limiter(values: Values, today: date) -> Scenario:
    until = today + timedelta(days=_EXCUSED_DAYS)
    host = values.host("worker", "echome")
    plans = json.loads(values.settings["rateLimitPlans"])
    return Scenario(
        id="limiter-refuses",
        title="The rate limiter refuses everybody",
        severity="P1",
        symptom=f"https://{host}/ answers 429 or 503 to users who have hardly called",
        impact="The API is of no use; the sites work.",
        call="Cloudflare, only if /health?deep says that the limiter does not answer",
        undo="The last three commands switch the protection on again.",
        steps=(
            c.verify(CHECK, "2: the limiter does not answer; 0: it does, and its plans are wrong", 2, 0),
            c.configure(MITIGATE, "enableRateLimiting", "false", "the flag goes off"),
            c.configure(
                MITIGATE,
                "'protectionsOff[0]'",
                f"'enableRateLimiting until {until}: the limiter refuses everybody'",
                f"says why, and until when; renew it by {until}, or `pulumi up` refuses",
                path=True,
            ),
            c.up(MITIGATE, "everybody passes within a minute; verify fails for as long as the flag is off", ""),
            *_plans(plans),
            c.configure(UNDO, "enableRateLimiting", "true", "the flag goes on again"),
            Step(
                purpose=UNDO,
                command="pulumi config rm --path 'protectionsOff[0]'",
                says="the excuse goes, which is refused without its reason",
            ),
            c.up(UNDO, "the limiter counts again, with the code that is declared"),
            c.verify(CONFIRM, "all passed"),
        ),
    )


def _plans(plans: list[str]) -> Iterator[Step]:
    yield Step(purpose=REPAIR, command="pulumi config rm rateLimitPlans", says="wrong plans go")
    for number, plan in enumerate(plans):
        says = "the plans that were in force when this page was made"
        yield c.configure(REPAIR, f"'rateLimitPlans[{number}]'", f"'{plan}'", says, path=True)


def _token_leaked(values: Values) -> Scenario:
    urn = f"'{values.passwords['application-password']}'"
    return Scenario(
        id="token-leaked",
        title="A credential has leaked",
        severity="P1",
        symptom="a password or token in a log, a chat, a repository",
        impact="Whoever has it can do what it allows, until it is replaced.",
        call="The vendor whose token it is: revoke it in its console first, then set the new one (README, Tokens)",
        undo="Irreversible: the old password is gone.",
        steps=(
            Step(
                purpose=MITIGATE,
                command=f"pulumi state unprotect {urn} --yes",
                says="the application's database password; `pulumi stack --show-urns` names the others",
            ),
            c.up(MITIGATE, "a new password, in the database and in the application", f"--refresh --replace {urn}"),
            c.verify(CONFIRM, "all passed, with the new password"),
        ),
    )


def _wrong_deployment(values: Values, policy: Policy) -> Scenario:
    filters = f"projectId={values.landing}&target=production&state=READY&limit=10"
    return Scenario(
        id="wrong-deployment",
        title="A wrong deployment is in production",
        severity="P1",
        symptom="the site shows what it should not, since a deployment",
        impact="Depends on what was deployed.",
        call=f"Vercel, if the rollback is refused: {policy.support('Vercel')}",
        undo="The update of the repair: until then, pushes do not reach the domain.",
        steps=(
            c.vercel(CHECK, "GET", "/v6/deployments", "newest first; take the uid of the last good one", filters),
            Step(
                purpose=MITIGATE,
                command='DEPLOYMENT="${GOOD:?is the uid of the last good deployment}"',
                says=f"GOOD=dpl_… first. This is the landing; the dashboard's project is {values.dashboard}",
            ),
            c.vercel(
                MITIGATE,
                "POST",
                f"/v9/projects/{values.landing}/rollback/$DEPLOYMENT",
                "moves the domain back, without a build",
            ),
            c.verify(CONFIRM, "all passed"),
            c.up(REPAIR, "gives back what the wrong one was built with, builds anew, and lets pushes through again"),
            c.verify(CONFIRM, "all passed"),
        ),
    )


def _region_outage(values: Values, policy: Policy) -> Scenario:
    present = values.settings["region"]
    other = next(region for region in _OTHER_REGIONS if region != present)
    replace = f"--replace '{values.dashboard_deployment}'"
    return Scenario(
        id="region-outage",
        title="A region is out",
        severity="P0",
        symptom=f"the dashboard answers 5xx, and Vercel's status page names {present}",
        impact=f"No function runs in {present}. The landing page is served from everywhere.",
        call=f"Vercel for {present}: {policy.support('Vercel')}. Neon for the database's region, which cannot be"
        f" moved: {policy.support('Neon')}",
        undo="The last three commands move back, once the region is well.",
        steps=(
            c.verify(CHECK, "the dashboard fails", 2),
            c.configure(MITIGATE, "region", other, "where functions run from now on"),
            c.up(MITIGATE, "a new deployment: a region alone changes none that is there", replace),
            c.verify(CONFIRM, "all passed"),
            c.configure(UNDO, "region", present, "the region as before"),
            c.up(UNDO, "moves back", replace),
            c.verify(CONFIRM, "all passed"),
        ),
    )
