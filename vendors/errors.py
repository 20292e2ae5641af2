"""What a call of a vendor's API can end with, by what a person has to do about it."""

from __future__ import annotations

from contract.problem import Problem


class VendorError(Problem):
    """A vendor was asked in vain. The text says what was asked and what came back; it never holds a credential."""

    def __init__(self, vendor: str, what: str, remedy: str) -> None:
        super().__init__(what, where=vendor, remedy=remedy)
        self.vendor = vendor
        """As people call it: Cloudflare, Vercel or Neon. What happened is the predicate of a sentence about it."""

    def __str__(self) -> str:
        return f"{self.vendor} {self.what.removesuffix('.')}. {self.remedy}"


class UnreachableError(VendorError):
    """No answer, or none that the API would give: the network, a proxy, or the vendor itself is in trouble."""


class BusyError(UnreachableError):
    """The vendor asks to come back later, and has done nothing."""


class RefusedAccessError(VendorError):
    """The vendor does not know the credential, or does not let it do this (401, 403)."""


class AnsweredError(VendorError):
    """The API answered that it will not do what was asked."""

    def __init__(self, vendor: str, what: str, remedy: str, *, status: int, code: str) -> None:
        super().__init__(vendor, what, remedy)
        self.status = status
        """Of HTTP."""
        self.code = code
        """The vendor's own, or "" if it gave none."""


class MissingError(AnsweredError):
    """There is no such thing (404)."""


class RefusedRequestError(AnsweredError):
    """The request is not acceptable as things are: a conflict, a limit, a wrong value."""
