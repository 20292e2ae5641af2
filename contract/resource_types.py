"""Type tokens of the resources that rules and reports mention, each defined once."""

DNS_RECORD = "cloudflare:index/dnsRecord:DnsRecord"
ZONE_SETTING = "cloudflare:index/zoneSetting:ZoneSetting"
RULESET = "cloudflare:index/ruleset:Ruleset"
WORKERS_SCRIPT = "cloudflare:index/workersScript:WorkersScript"
WORKERS_CRON_TRIGGER = "cloudflare:index/workersCronTrigger:WorkersCronTrigger"
WORKERS_CUSTOM_DOMAIN = "cloudflare:index/workersCustomDomain:WorkersCustomDomain"
WEB_ANALYTICS_SITE = "cloudflare:index/webAnalyticsSite:WebAnalyticsSite"
VERCEL_PROJECT = "vercel:index/project:Project"
VERCEL_DOMAIN = "vercel:index/projectDomain:ProjectDomain"
VERCEL_VARIABLE = "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable"
VERCEL_DEPLOYMENT = "vercel:index/deployment:Deployment"
VERCEL_VARIABLES = "vercel:index/projectEnvironmentVariables:ProjectEnvironmentVariables"
NEON_PROJECT = "neon:index/project:Project"
NEON_ROLE = "neon:index/role:Role"
RANDOM_PASSWORD = "random:index/randomPassword:RandomPassword"  # noqa: S105 -- a resource type
RANDOM_VALUES_AS_IDS = (
    "random:index/randomBytes:RandomBytes",
    "random:index/randomId:RandomId",
    "random:index/randomString:RandomString",
)
ROW_SECURITY = "pulumi-python:dynamic/sql:RowSecurity"
MIGRATIONS = "pulumi-python:dynamic/sql:Migrations"
REVIEW_BRANCH = "pulumi-python:dynamic/review:Branch"
WORKERS_DEV = "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain"
REVIEWED = (
    *(REVIEW_BRANCH, MIGRATIONS, ROW_SECURITY),
    *(RANDOM_PASSWORD, VERCEL_VARIABLE, VERCEL_DEPLOYMENT, WORKERS_SCRIPT, WORKERS_DEV),
)
"""All that a review stack may declare."""
