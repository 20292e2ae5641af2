"""A pull request to try out, on one page: what it has of its own. Nothing of production is declared here."""

import os

import pulumi

from components import environment
from components.generated_secrets import GeneratedSecrets, GeneratedSecretsArgs
from components.guardrails import REVIEW_RULES, earlier_outputs, guardrails
from components.review import ReviewDatabase, ReviewSite, ReviewWorkers
from components.schema import Schema, SchemaArgs
from contract.paths import SQL
from contract.review import Review
from database.migrations import manifest
from vendors import Access

review = Review.of(pulumi.Config().require("review"))
earlier = earlier_outputs()

with guardrails(rules=REVIEW_RULES):
    secrets = GeneratedSecrets("secrets", GeneratedSecretsArgs(protect=False))
    database = ReviewDatabase("database", review)
    schema = Schema("schema", SchemaArgs(database=database, secrets=secrets, remove_foreign=True, sql="../sql"))

    reads = environment.review(review.flags, secrets, database.auth_url, database.pooled_url)
    site = ReviewSite("dashboard", review, reads, pulumi.ResourceOptions(depends_on=[schema]))
    workers = ReviewWorkers(
        "workers",
        review,
        access=Access.of({}, os.environ),
        auth_url=database.auth_url,
        gateway_secret=secrets.gateway,
        service_url=database.pooled_url("prductr_service", secrets.service_password),
        earlier=earlier.get("limiter") or {},
    )

pulumi.export("pull_request", review.number)
pulumi.export("git_branch", review.git_branch)
pulumi.export("expires_at", review.expires_at)
pulumi.export("rows", review.rows)
pulumi.export("generation", review.generation)
pulumi.export("database", database.summary)
pulumi.export("site", site.url)
pulumi.export("workers", {name: f"https://{name}.{review.workers_dev}.workers.dev" for name in workers.shown})
pulumi.export("limiter", workers.classes)
pulumi.export("application_database_url", database.pooled_url("prductr_app", secrets.application_password))
pulumi.export("migrations", manifest(SQL / "migrations"))
pulumi.export("isolation", schema.isolation)
