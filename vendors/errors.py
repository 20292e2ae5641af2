"""Errors of calls to a vendor's API, classified by what a person has to do about them."""

from __future__ import annotations

from contract.problem import Problem


class VendorError(Problem):
    """A request to a vendor failed. The text holds the request and the answer, never a credential."""

    def __init__(self, vendor: str, what: str, remedy: str) -> None:
        super().__init__(what, where=vendor, remedy=remedy)
        self.vendor = vendor
        """The vendor's name for people: Cloudflare, Vercel or Neon. `what` is the predicate of a sentence about it."""

    def __str__(self) -> str:
        return f"{self.vendor} {self.what.removesuffix('.')}. {self.remedy}"


class UnreachableError(VendorError):
    """No answer, or none from the API itself: the network, a proxy or the vendor is in trouble."""


class BusyError(UnreachableError):
    """The vendor asks to retry later, and has done nothing."""


class RefusedAccessError(VendorError):
    """The vendor rejects the credential or does not allow the request (401, 403)."""


class AnsweredError(VendorError):
    """The API answered that it will not fulfil the request."""

    def __init__(self, vendor: str, what: str, remedy: str, *, status: int, code: str) -> None:
        super().__init__(vendor, what, remedy)
        self.status = status
        """HTTP status."""
        self.code = code
        """The vendor's own code, or "" if it gave none."""


class MissingError(AnsweredError):
    """The resource does not exist (404)."""


class RefusedRequestError(AnsweredError):
    """The request is not acceptable at the moment: a conflict, a limit or a wrong value."""
