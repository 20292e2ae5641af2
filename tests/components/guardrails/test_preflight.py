"""Prevents: a quietly replaced key of users' secrets, after which nobody can read the stored ones."""

from __future__ import annotations

import pytest

from components.guardrails.preflight import CONFIGURED, GENERATED, refuse_lost_key
from components.settings.problems import RefusedError


def test_a_key_that_is_no_longer_configured_is_refused_and_not_replaced_by_a_generated_one() -> None:
    for earlier, present in ((None, ""), (None, "key"), (GENERATED, ""), (GENERATED, "key"), (CONFIGURED, "key")):
        refuse_lost_key(earlier, present)
    with pytest.raises(RefusedError, match="userSecretsMasterKey: is no longer set"):
        refuse_lost_key(CONFIGURED, "")
