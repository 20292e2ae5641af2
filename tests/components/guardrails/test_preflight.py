"""A first run that a vendor refuses: it is told before anything is declared, and a missing project is no refusal."""

from __future__ import annotations

from collections.abc import Callable

import pulumiverse_vercel as vercel
import pytest

from components.guardrails.preflight import CONFIGURED, GENERATED, refuse_lost_key, refuse_unusable_vendors
from components.sdk import neon
from components.settings.problems import RefusedError

Answers = Callable[[str | None, str | None], None]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Errors with which Vercel and Neon answer; None lets the question through."""

    def answer(error: str | None) -> Callable[..., None]:
        def asked(*_: object, **__: object) -> None:
            if error:
                raise Exception(f"invoke of x failed: invocation of x returned an error: {error}")

        return asked

    def arrange(of_vercel: str | None, of_neon: str | None) -> None:
        monkeypatch.setattr(vercel, "get_project", answer(of_vercel))
        monkeypatch.setattr(neon, "get_project", answer(of_neon))

    return arrange


@pytest.mark.parametrize("of_vercel", [None, "Could not read project, unexpected error: not_found - Project not found"])
@pytest.mark.parametrize("of_neon", [None, "[HTTP Code: 404][Error Code: NOT_FOUND] project not found"])
def test_a_project_that_is_or_is_not_there_lets_the_run_begin(
    answers: Answers, of_vercel: str | None, of_neon: str | None
) -> None:
    answers(of_vercel, of_neon)
    refuse_unusable_vendors("prductr-com")


@pytest.mark.parametrize(
    ("of_vercel", "of_neon", "told"),
    [
        (
            "Could not read Vercel Team hhnn, unexpected error: not_found - Team not found",
            None,
            "1. Vercel: .*Team hhnn",
        ),
        ("forbidden - Not authorized", None, "1. Vercel: refuses or does not answer: forbidden - Not authorized"),
        (None, "[HTTP Code: 401][Error Code: ] credentials", "1. Neon: refuses or does not answer: .HTTP Code: 401"),
        ("dial tcp: connection refused", "EOF", "(?s)1. Vercel: .*refused.*2. Neon: .*EOF"),
    ],
)
def test_a_refusal_is_told_with_the_vendors_words(
    answers: Answers, of_vercel: str | None, of_neon: str | None, told: str
) -> None:
    answers(of_vercel, of_neon)
    with pytest.raises(RefusedError, match=told) as refused:
        refuse_unusable_vendors("prductr-com")
    assert "nothing was changed" in str(refused.value)


def test_a_key_that_is_no_longer_configured_is_refused_and_not_replaced_by_a_generated_one() -> None:
    for earlier, present in ((None, ""), (None, "key"), (GENERATED, ""), (GENERATED, "key"), (CONFIGURED, "key")):
        refuse_lost_key(earlier, present)
    with pytest.raises(RefusedError, match="userSecretsMasterKey: is no longer set"):
        refuse_lost_key(CONFIGURED, "")
