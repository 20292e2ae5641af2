"""Rules for the whole stack. Each examines all declarations and yields violations.

They deliberately repeat what the components do: somebody may change a component, or declare a resource beside it.
Hazard numbers are the same as in the components' comments.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from components.guardrails.registration import Declared, of_kind
from components.settings import Mistake
from components.workers import is_decided
from contract import resource_types as kinds
from contract.review import worked

Rule = Callable[[Sequence[Declared]], Iterator[Mistake]]

FORBIDDEN_VARIABLES = {"CONDUCTOR_AUTH_BYPASS": "it switches off authentication"}
_SECRET_NAME = re.compile(r"SECRET|PASSWORD|TOKEN|PRIVATE|_KEY$|DATABASE_URL")
_PUBLIC_NAME = re.compile(r"NEXT_PUBLIC_")
_AT_VERCEL = re.compile(r"76\.76\.21\.\d+|216\.198\.79\.\d+|(?:[\w-]+\.)*vercel-dns(?:-\d+)?\.com\.?")

REPLACED_IN_PLACE = (
    kinds.DNS_RECORD,
    kinds.RULESET,
    kinds.WORKERS_CUSTOM_DOMAIN,
    kinds.VERCEL_DOMAIN,
    kinds.VERCEL_VARIABLE,
)
"""Types whose old and new resource cannot coexist (V1, V10, C11)."""

NEON_FIELDS = ("name", "org_id", "region_id", "pg_version", "history_retention_seconds", "branch", "store_password")


def nothing_proxied_that_vercel_serves(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """C14: a proxied host between Cloudflare and Vercel loops or fails to renew its certificate."""
    served = {domain.plain("domain") for domain in of_kind(stack, kinds.VERCEL_DOMAIN)}
    for record in of_kind(stack, kinds.DNS_RECORD):
        at_vercel = _AT_VERCEL.fullmatch(str(record.plain("content"))) or record.plain("name") in served
        if record.plain("proxied") and at_vercel:
            yield Mistake(str(record), "is proxied, but Vercel serves it", "Set proxied=False.")


def proxied_records_have_the_automatic_ttl(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """C3: with any other TTL the preview passes and the deployment fails."""
    for record in of_kind(stack, kinds.DNS_RECORD):
        if record.plain("proxied") and record.plain("ttl") != 1:
            yield Mistake(
                str(record), f"is proxied with ttl {record.plain('ttl')}", "Set ttl=1, which means automatic."
            )


def a_host_is_answered_once(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """C7 and Vercel: a host belongs to one project or one Worker, and a CNAME is a name's only record."""
    owners: dict[str, list[str]] = defaultdict(list)
    for resource in of_kind(stack, kinds.VERCEL_DOMAIN):
        owners[str(resource.plain("domain"))].append(str(resource))
    for resource in of_kind(stack, kinds.WORKERS_CUSTOM_DOMAIN):
        owners[str(resource.plain("hostname"))].append(str(resource))
    custom = {str(resource.plain("hostname")) for resource in of_kind(stack, kinds.WORKERS_CUSTOM_DOMAIN)}
    records: dict[str, list[Declared]] = defaultdict(list)
    for record in of_kind(stack, kinds.DNS_RECORD):
        host = str(record.plain("name"))
        records[host].append(record)
        if host in custom:
            what = f"{host} is the custom domain of a Worker, which creates its own record"
            yield Mistake(str(record), what, "Declare one of the two.")
    for host, claims in owners.items():
        if len(claims) > 1:
            yield Mistake(host, f"is claimed by {' and '.join(claims)}", "Attach it to one of them.")
    for host, answers in records.items():
        if len(answers) > 1 and any(record.plain("type") == "CNAME" for record in answers):
            yield Mistake(host, "has a CNAME and other records", "A CNAME must be the only record of its name.")


def the_zone_encrypts_to_the_origin(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """C14: flexible loops with any origin that redirects to https."""
    for setting in of_kind(stack, kinds.ZONE_SETTING):
        if setting.plain("setting_id") == "ssl" and setting.plain("value") not in ("strict", "full"):
            yield Mistake(str(setting), f"is {setting.plain('value')!r}", "Set it to strict.")


def the_database_cannot_be_lost(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """N1 to N6: a replaced project is a new, empty one."""
    for project in of_kind(stack, kinds.NEON_PROJECT):
        if not project.options.protect:
            yield Mistake(str(project), "is not protected", "Set protect=True in its options.")
        if not project.options.retain_on_delete:
            yield Mistake(str(project), "would be deleted with the stack", "Set retain_on_delete=True in its options.")
        unset = [field for field in NEON_FIELDS if project.inputs.get(field) is None]
        if unset:
            yield Mistake(str(project), f"leaves {', '.join(unset)} to a default", "Set every one of them.")


def no_role_is_made_by_an_api(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """Neon gives BYPASSRLS to each role that its API creates, so policies would not apply to it."""
    for role in of_kind(stack, kinds.NEON_ROLE):
        yield Mistake(str(role), "would bypass row security", "Create the role in SQL, in sql/security.")


def variables_are_declared_one_by_one(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """V5, V6: variables that are declared together or in the project overwrite each other."""
    for resource in of_kind(stack, kinds.VERCEL_VARIABLES):
        yield Mistake(str(resource), "declares variables together", "Use one ProjectEnvironmentVariable for each.")
    for project in of_kind(stack, kinds.VERCEL_PROJECT):
        if project.inputs.get("environments") is not None:
            yield Mistake(str(project), "declares variables in-line", "Use one ProjectEnvironmentVariable for each.")


def variables_hide_what_is_secret(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """V2, V7: no secret is in a variable that can be read back or reaches the browser."""
    for variable in of_kind(stack, kinds.VERCEL_VARIABLE):
        key, sensitive = str(variable.plain("key")), variable.plain("sensitive")
        targets = variable.plain("targets") or []
        if key in FORBIDDEN_VARIABLES:
            yield Mistake(str(variable), f"{key} must never be set: {FORBIDDEN_VARIABLES[key]}", "Remove it.")
        if sensitive is None:
            yield Mistake(str(variable), "leaves sensitive to a default that differs by version", "Set it.")
        if _PUBLIC_NAME.match(key):
            if sensitive:
                yield Mistake(str(variable), f"{key} is compiled into public pages", "Set sensitive=False.")
        elif _SECRET_NAME.search(key) and not sensitive:
            yield Mistake(str(variable), f"{key} holds a secret that could be read back", "Set sensitive=True.")
        if "development" in targets and (sensitive or len(targets) > 1):
            yield Mistake(str(variable), "mixes development with other targets", "Give it a variable of its own.")
    for script in of_kind(stack, kinds.WORKERS_SCRIPT):
        for binding in script.plain("bindings") or []:
            name, kind = _field(binding, "name"), _field(binding, "type")
            if kind == "plain_text" and _SECRET_NAME.search(str(name)):
                yield Mistake(str(script), f"{name} is a secret in plain text", 'Bind it with type "secret_text".')


def replacements_make_room_first(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """V1, V10, C11: a resource that can exist only once at the vendor is deleted before its successor is created."""
    for resource in of_kind(stack, *REPLACED_IN_PLACE):
        if not resource.options.delete_before_replace:
            what = "would be replaced by creating a second one first, which the vendor refuses"
            yield Mistake(str(resource), what, "Set delete_before_replace=True in its options.")


def secrets_do_not_rotate_by_accident(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """Replacing a secret logs users out or makes stored data unreadable."""
    for resource in of_kind(stack, kinds.RANDOM_PASSWORD):
        if not resource.options.protect:
            yield Mistake(str(resource), "is not protected", "Set protect=True in its options.")
        length = resource.plain("length")
        if not isinstance(length, int) or length < 32:
            yield Mistake(str(resource), f"has length {length}", "Use at least 32.")
    for site in of_kind(stack, kinds.WEB_ANALYTICS_SITE):
        if not site.options.protect:
            yield Mistake(str(site), "is not protected; its history would go with it", "Set protect=True.")


def migrations_of_classes_are_sent_once(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """C15: the provider sends the block with every update, and Cloudflare refuses one that is applied."""
    for script in of_kind(stack, kinds.WORKERS_SCRIPT):
        block = script.inputs.get("migrations")
        if block is not None and not is_decided(block):
            what = "has a constant `migrations` block, which breaks the second deployment"
            yield Mistake(str(script), what, "Give a Worker its history: WorkerArgs(classes=Classes(history=…)).")


def no_id_is_a_secret(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """The id of a RandomBytes is its value, and neither the state nor a preview hides ids."""
    for resource in of_kind(stack, *kinds.RANDOM_VALUES_AS_IDS):
        yield Mistake(str(resource), "shows its value as its id", "Use RandomPassword.")


def credentials_stay_out_of_the_state(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """An explicit provider records its inputs; default providers read the environment themselves."""
    for resource in stack:
        if resource.kind.startswith("pulumi:providers:"):
            yield Mistake(str(resource), "is an explicit provider", "Leave it to the default provider.")


def _field(binding: object, name: str) -> object:
    return binding.get(name) if isinstance(binding, dict) else getattr(binding, name, None)


def a_review_keeps_to_itself(stack: Sequence[Declared]) -> Iterator[Mistake]:
    """A review declares only resources of its own: no kind of which production holds the only one."""
    for resource in stack:
        if resource.kind not in kinds.REVIEWED and not resource.kind.startswith("prductr:"):
            what = "is of a kind that a review shares with production"
            yield Mistake(str(resource), what, "Declare it in the launch's own program.")
    for variable in of_kind(stack, kinds.VERCEL_VARIABLE):
        if variable.plain("targets") != ["preview"] or not variable.plain("git_branch"):
            what = "reaches more than the previews of one branch"
            yield Mistake(str(variable), what, 'Set targets=["preview"] and its git_branch.')
    for script in of_kind(stack, kinds.WORKERS_SCRIPT):
        if worked(str(script.plain("script_name"))) is None:
            yield Mistake(str(script), "is not named like a review's Worker", "Name it by worker_name().")
    for deployment in of_kind(stack, kinds.VERCEL_DEPLOYMENT):
        if deployment.plain("production") is not False:
            yield Mistake(str(deployment), "may become production", "Set production=False.")


RULES: tuple[Rule, ...] = (
    nothing_proxied_that_vercel_serves,
    proxied_records_have_the_automatic_ttl,
    a_host_is_answered_once,
    the_zone_encrypts_to_the_origin,
    the_database_cannot_be_lost,
    no_role_is_made_by_an_api,
    variables_are_declared_one_by_one,
    variables_hide_what_is_secret,
    replacements_make_room_first,
    secrets_do_not_rotate_by_accident,
    migrations_of_classes_are_sent_once,
    no_id_is_a_secret,
    credentials_stay_out_of_the_state,
)

REVIEW_RULES: tuple[Rule, ...] = (
    *(rule for rule in RULES if rule is not secrets_do_not_rotate_by_accident),
    a_review_keeps_to_itself,
)
"""The rules of a review stack, whose secrets may be lost."""
