"""One of every resource type that the attached providers serve; the configuration varies what a test changes."""

import pulumi
import pulumi_cloudflare as cloudflare
import pulumi_random as random
import pulumiverse_vercel as vercel
from any_neon import Neon  # type: ignore[import-not-found]  # beside this file, which is run as a program

config = pulumi.Config()
marker = config.require_secret("marker")
step = config.get_int("step") or 0
added = config.get("added")

zone = cloudflare.get_zone_output(filter={"name": "prductr.com", "match": "all"})
account = zone.account.id

password = random.RandomPassword("password", length=24, min_numeric=2, keepers={"step": "always"})
key = random.RandomBytes("key", length=32)
identifier = random.RandomId("identifier", byte_length=4, prefix="x-")
text = random.RandomString("text", length=8, special=False)
pet = random.RandomPet("pet")
number = random.RandomInteger("number", min=1, max=6)
uuid = random.RandomUuid("uuid")

record = cloudflare.DnsRecord(
    "record", zone_id=zone.zone_id, name="relative", type="TXT", ttl=300, content=f'"step {step}"', comment="A comment"
)
alias = cloudflare.DnsRecord(
    "alias", zone_id=zone.zone_id, name="alias.prductr.com", type="CNAME", ttl=1, content="prductr.com", proxied=True
)
setting = cloudflare.ZoneSetting("ssl", zone_id=zone.zone_id, setting_id="ssl", value="strict" if step else "full")
script = cloudflare.WorkersScript(
    "script",
    account_id=account,
    script_name="every-resource",
    main_module="index.js",
    content=f"export default {{ fetch: () => new Response('step {step}') }}",
    compatibility_date="2026-10-01",
    bindings=[
        {"name": "GREETING", "type": "plain_text", "text": "hello"},
        {"name": "MARKER", "type": "secret_text", "text": marker},
    ],
)
on_script = pulumi.ResourceOptions(depends_on=[script])
custom_domain = cloudflare.WorkersCustomDomain(
    "domain", account_id=account, zone_id=zone.zone_id, hostname="worker.prductr.com", service=script.script_name
)
route = cloudflare.WorkersRoute(
    "route", zone_id=zone.zone_id, pattern=f"alias.prductr.com/step-{step}/*", script=script.script_name
)
limiter = cloudflare.WorkersScript(
    "limiter",
    account_id=account,
    script_name="every-class",
    compatibility_date="2026-10-01",
    main_module="index.js",
    content=f"export class Every {{}}; export default {{}}; // step {step}",
    bindings=[{"name": "EVERY", "type": "durable_object_namespace", "class_name": "Every"}],
    # The provider would send it again with each update, and the API would refuse it.
    migrations=None if step else {"new_tag": "v1", "new_sqlite_classes": ["Every"]},
)
bound = cloudflare.WorkersScript(
    "bound",
    account_id=account,
    script_name="every-bound",
    compatibility_date="2026-10-01",
    main_module="index.js",
    content="export default {}",
    bindings=[
        {
            "name": "EVERY",
            "type": "durable_object_namespace",
            "class_name": "Every",
            "script_name": limiter.script_name,
        },
        {"name": "OTHER", "type": "service", "service": script.script_name},
    ],
)
trigger = cloudflare.WorkersCronTrigger(
    "trigger", account_id=account, script_name=script.script_name, schedules=[{"cron": f"{step} * * * *"}]
)
shield = cloudflare.Ruleset(
    "shield",
    zone_id=zone.zone_id,
    name="shield",
    kind="zone",
    phase="http_ratelimit",
    rules=[
        {
            "ref": "burst",
            "expression": "true",
            "action": "block",
            "ratelimit": {
                "characteristics": ["cf.colo.id", "ip.src"],
                "period": 10,
                "requests_per_period": 100 + step,
                "mitigation_timeout": 10,
            },
        }
    ],
)
subdomain = cloudflare.WorkersScriptSubdomain(
    "subdomain", account_id=account, script_name=script.script_name, enabled=bool(step)
)
analytics = cloudflare.WebAnalyticsSite("analytics", account_id=account, host="prductr.com", auto_install=False)
ruleset = cloudflare.Ruleset(
    "redirects",
    zone_id=zone.zone_id,
    name="redirects",
    kind="zone",
    phase="http_request_dynamic_redirect",
    rules=[
        {
            "ref": "alias",
            "description": f"step {step}",
            "expression": 'http.host eq "alias.prductr.com"',
            "action": "redirect",
            "action_parameters": {
                "from_value": {
                    "status_code": 308,
                    "preserve_query_string": True,
                    "target_url": {"expression": 'concat("https://prductr.com", http.request.uri.path)'},
                }
            },
        }
    ],
)

project = vercel.Project(
    "project",
    name="every-resource",
    framework="nextjs",
    root_directory="apps/every",
    git_repository={"type": "github", "repo": "habitusnet/prductr-com", "production_branch": "main"},
    resource_config={"function_default_regions": ["iad1"], "fluid": True},
    build_command=f"make step-{step}",
)
site = vercel.ProjectDomain("site", project_id=project.id, domain="every.prductr.com")
moved = vercel.ProjectDomain(
    "moved",
    project_id=project.id,
    domain="moved.prductr.com",
    redirect=site.domain,
    redirect_status_code=308 if step else 307,
)
if added:
    vercel.ProjectDomain("added", project_id=project.id, domain=added)
variable = vercel.ProjectEnvironmentVariable(
    "variable",
    project_id=project.id,
    key="MARKER",
    value=marker,
    targets=["production", "preview"],
    sensitive=True,
    comment=f"step {step}",
)
variables = vercel.ProjectEnvironmentVariables(
    "variables",
    project_id=project.id,
    variables=[
        {"key": "STEP", "value": str(step), "targets": ["production"], "sensitive": False},
        {"key": "FLAG", "value": "on", "targets": ["production", "preview"], "sensitive": False},
        {"key": "TOKEN", "value": marker, "targets": ["production"], "sensitive": True},
    ],
)
deployment = vercel.Deployment(
    "deployment",
    project_id=project.id,
    ref="main",
    production=True,
    meta={"step": str(step)},
    opts=pulumi.ResourceOptions(depends_on=[variable, variables, site]),
)

database_project = Neon(
    "Project",
    "neon",
    {
        "name": "every-resource",
        "orgId": "org-quiet-harbor-40217733",
        "regionId": "aws-eu-central-1",
        "pgVersion": 18,
        "historyRetentionSeconds": 21600 + step,
        "branch": {"name": "main", "roleName": "neondb_owner", "databaseName": "neondb"},
    },
    outputs=("defaultBranchId", "connectionUri", "databaseHost"),
)
branch = Neon(
    "Branch",
    "branch",
    {
        "projectId": database_project.id,
        "parentId": database_project.defaultBranchId,
        "name": f"review-{step}",
        "protected": "no",
    },
    replace_on_changes=["projectId", "parentId"],
)
endpoint = Neon(
    "Endpoint",
    "endpoint",
    {"projectId": database_project.id, "branchId": branch.id, "type": "read_write"},
    outputs=("host",),
    replace_on_changes=["projectId", "branchId"],
)
role = Neon(
    "Role",
    "role",
    {"projectId": database_project.id, "branchId": branch.id, "name": "reviewer"},
    outputs=("password",),
    depends_on=[endpoint],
)
database = Neon(
    "Database",
    "database",
    {
        "projectId": database_project.id,
        "branchId": branch.id,
        "name": f"reviews_{step}",
        "ownerName": "reviewer",
    },
    depends_on=[role],
)

pulumi.export("password", password.result)
pulumi.export("zone_id", zone.zone_id)
pulumi.export("record_id", record.id)
pulumi.export("uri", database_project.connectionUri)
pulumi.export("role_password", role.password)
pulumi.export("snippet", analytics.snippet)
