"""The pull request's dashboard: a preview deployment of its branch, with the review's own environment.

The project is production's and is not touched. The variables are limited to the target preview and this git branch.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumiverse_vercel as vercel

from components.web_app import Variable, fingerprint
from contract.review import Review, mark

_TARGETS = ["preview"]


class ReviewSite(pulumi.ComponentResource):
    """A preview deployment."""

    url: pulumi.Output[str]
    """The URL as Vercel returns it: it cannot be derived from the branch's name."""

    def __init__(
        self,
        name: str,
        review: Review,
        environment: Mapping[str, Variable],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("prductr:review:Site", name, {}, opts)
        variables = [self._variable(name, review, key, variable) for key, variable in sorted(environment.items())]
        deployment = self._deployment(name, review, environment, variables)
        self.url = deployment.url.apply(lambda host: f"https://{host}")
        self.register_outputs({"url": self.url})

    def _variable(self, name: str, review: Review, key: str, variable: Variable) -> vercel.ProjectEnvironmentVariable:
        return vercel.ProjectEnvironmentVariable(
            f"{name}-{key.lower().replace('_', '-')}",
            project_id=review.vercel_project,
            key=key,
            value=variable.value,
            sensitive=variable.sensitive,
            targets=_TARGETS,
            git_branch=review.git_branch,
            comment=mark(review.number),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )

    def _deployment(
        self,
        name: str,
        review: Review,
        environment: Mapping[str, Variable],
        variables: list[vercel.ProjectEnvironmentVariable],
    ) -> vercel.Deployment:
        return vercel.Deployment(
            f"{name}-deployment",
            project_id=review.vercel_project,
            ref=review.commit or review.git_branch,
            production=False,
            meta={
                "environment": fingerprint(environment),
                "review": mark(review.number),
                # Changes with each push to the pull request.
                "commit": review.commit,
            },
            delete_on_destroy=True,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=variables, replace_with=list[pulumi.Resource](variables)
            ),
        )
