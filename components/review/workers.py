"""The Workers that a pull request touches, under names of their own and below workers.dev, with no host of the zone.

None has a trigger: a reviewer starts upkeep by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_cloudflare as cloudflare

from components.workers import Binding, Classes, DurableObject, Secret, Text, Worker, WorkerArgs, edge, uploaded
from contract.review import Review, worker_name
from vendors import Access


class ReviewWorkers(pulumi.ComponentResource):
    """The Workers that `review.workers` names."""

    names: list[str]
    """The names of their scripts, known at preview."""
    shown: list[str]
    """The scripts that are reachable below workers.dev."""
    classes: Mapping[str, Any]
    """The limiter's record for the next run, part of the stack's outputs."""

    def __init__(
        self,
        name: str,
        review: Review,
        *,
        access: Access,
        auth_url: pulumi.Output[str],
        gateway_secret: pulumi.Output[str],
        service_url: pulumi.Output[str],
        earlier: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("prductr:review:Workers", name, {}, opts)
        self._review, self.names, self.shown, self.classes = review, [], [], {}
        wanted = set(review.workers)
        if wanted & {"echome", "limiter"}:
            limiter = self._limiter(access, earlier)
            self.classes = limiter.classes
            self._gateway(limiter, auth_url, gateway_secret)
        if "upkeep" in wanted:
            retention = Text(review.gateway.get("ANALYTICS_RETENTION_DAYS", "400"))
            self._worker("upkeep", {"ANALYTICS_RETENTION_DAYS": retention, "DATABASE_URL": Secret(service_url)})
        if "conductor" in wanted:
            self._worker("conductor", {"ALIAS_HOST": Text("")}, shown=True)
        self.register_outputs({"names": self.names})

    def _limiter(self, access: Access, earlier: Mapping[str, Any]) -> Worker:
        script = worker_name("limiter", self._review.number)
        present = uploaded(access, self._review.account, script)
        classes = Classes(history=edge.LIMITER_HISTORY, present=present, earlier=earlier)
        return self._worker("limiter", {}, classes=classes)

    def _gateway(self, limiter: Worker, auth_url: pulumi.Output[str], secret: pulumi.Output[str]) -> None:
        texts = {key: Text(value) for key, value in self._review.gateway.items() if key != "ANALYTICS_RETENTION_DAYS"}
        bindings: dict[str, Binding] = {
            **texts,
            # Not secret, but an Output, which the Worker's arguments accept only as a secret.
            "AUTH_URL": Secret(auth_url),
            "HOST": Text(f"{worker_name('echome', self._review.number)}.{self._review.workers_dev}.workers.dev"),
            "LIMITER": DurableObject(edge.LIMITER_CLASS, script=limiter.script.script_name),
            "SERVICE": Text("echome"),
            "UPSTREAM_SECRET": Secret(secret),
            # Production's upstream would mistake the review's calls for production's.
            "UPSTREAM_URL": Text(""),
        }
        self._worker("echome", bindings, after=[limiter], shown=True)

    def _worker(
        self,
        kind: str,
        bindings: Mapping[str, Binding],
        *,
        classes: Classes | None = None,
        after: list[pulumi.Resource] | None = None,
        shown: bool = False,
    ) -> Worker:
        script = worker_name(kind, self._review.number)
        args = WorkerArgs(
            account_id=self._review.account,
            zone_id="",
            module=edge.MODULES[kind],
            bindings=bindings,
            classes=classes,
        )
        worker = Worker(script, args, pulumi.ResourceOptions(parent=self, depends_on=after or []))
        if shown:
            self.shown.append(script)
            cloudflare.WorkersScriptSubdomain(
                f"{script}-workers-dev",
                account_id=self._review.account,
                script_name=worker.script.script_name,
                enabled=True,
                previews_enabled=False,
                opts=pulumi.ResourceOptions(parent=worker, depends_on=[worker.script]),
            )
        self.names.append(script)
        return worker
