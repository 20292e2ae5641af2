"""GitHub's REST API, as far as changes are talked about there: comments, issues, and the state of pull requests.

Source: docs.github.com/rest, issues and issue comments; a pull request is an issue there. Lists come a page at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contract.problem import Problem
from vendors.access import is_loopback
from vendors.api import Api, Json
from vendors.errors import MissingError, RefusedAccessError

API_URL = "https://api.github.com"
WORKFLOW = "github-actions[bot]"
"""Whose name a workflow's own token writes under; it may not ask who it is."""
_PAGE = 100
_LONGEST_LIST = 100
"""Pages, after which a list is taken for endless."""


class GitHubError(Problem):
    """GitHub cannot be asked: a setting is missing or wrong; the message names it and the remedy."""


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """One repository."""

    api: Api
    repository: str
    """OWNER/NAME."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> GitHub:
        """From the variables that a workflow has: GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_API_URL. Raises GitHubError.

        GH_TOKEN and GH_REPO, which GitHub's command line reads, stand in for the first two.
        """
        token = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN") or ""
        repository = environment.get("GITHUB_REPOSITORY") or environment.get("GH_REPO") or ""
        url = (environment.get("GITHUB_API_URL") or API_URL).rstrip("/")
        if not token:
            remedy = "Set GITHUB_TOKEN: in a workflow to ${{ github.token }}, by hand to a token of this repository."
            raise GitHubError("there is no token", where="GitHub", remedy=remedy)
        if not token.isascii() or not token.isprintable() or " " in token:
            raise GitHubError("the token holds what no token has", where="GITHUB_TOKEN", remedy="Copy it again.")
        owner, slash, name = repository.partition("/")
        if not (owner and slash and name) or set(repository) - _NAMES or "/" in name or ".." in repository:
            remedy = "Set GITHUB_REPOSITORY to OWNER/NAME."
            raise GitHubError(f"{repository!r} is not a repository", where="GitHub", remedy=remedy)
        if not (url.startswith("https://") or (url.startswith("http://") and is_loopback(url))):
            what = "the address is neither https nor on this machine: the token would travel unencrypted"
            raise GitHubError(what, where="GITHUB_API_URL", remedy=f"Set it to an address such as {API_URL}.")
        return cls(api=Api(vendor="GitHub", base=url, token=token, words=_words), repository=repository)

    def login(self) -> str:
        """Under which name this token writes. Raises VendorError."""
        try:
            return str(self.api.get("/user")["login"])
        except RefusedAccessError:
            return WORKFLOW

    def is_closed(self, number: int) -> bool:
        """Whether the pull request was closed or merged; False where there is none. Raises VendorError."""
        try:
            found = self._call("GET", f"/pulls/{number}")
        except MissingError:
            return False
        return bool(found["state"] == "closed")

    def comments(self, number: int) -> Iterator[Json]:
        """The comments of an issue or pull request, oldest first. Raises VendorError."""
        return self._pages(f"/issues/{number}/comments")

    def add_comment(self, number: int, body: str) -> Json:
        """Raises VendorError."""
        return self._call("POST", f"/issues/{number}/comments", body=body)

    def edit_comment(self, comment: int, body: str) -> Json:
        """Raises VendorError."""
        return self._call("PATCH", f"/issues/comments/{comment}", body=body)

    def delete_comment(self, comment: int) -> None:
        """Raises VendorError."""
        self._call("DELETE", f"/issues/comments/{comment}")

    def issues(self, *, label: str, creator: str) -> Iterator[Json]:
        """Issues with a label, open and closed, oldest first; no pull requests. Raises VendorError."""
        found = self._pages("/issues", labels=label, creator=creator, state="all", sort="created", direction="asc")
        return (each for each in found if "pull_request" not in each)

    def add_issue(self, title: str, body: str, label: str) -> Json:
        """Raises VendorError."""
        return self._call("POST", "/issues", title=title, body=body, labels=[label])

    def edit_issue(self, number: int, **changes: str) -> Json:
        """Change title, body or state (open, closed). Raises VendorError."""
        return self._call("PATCH", f"/issues/{number}", **changes)

    def _call(self, method: str, path: str, **body: Any) -> Json:  # noqa: ANN401 -- as JSON has it
        return self.api.call(method, f"/repos/{self.repository}{path}", json=body or None)

    def _pages(self, path: str, **query: str) -> Iterator[Json]:
        for page in range(1, _LONGEST_LIST + 1):
            found = self.api.get(f"/repos/{self.repository}{path}", per_page=_PAGE, page=page, **query)
            yield from found
            if len(found) < _PAGE:
                return
        raise GitHubError(
            f"a list has more than {_LONGEST_LIST} pages", where=f"GitHub {path}", remedy="Remove what is not needed."
        )


_NAMES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")


def _words(body: Json) -> tuple[str, str]:
    return "", str(body["message"])
