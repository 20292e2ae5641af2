"""The vendors' clients that some code opens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from vendors import Api


@contextmanager
def opened() -> Iterator[list[Api]]:
    """Each client that is made within the block."""
    found: list[Api] = []
    made = Api.__post_init__

    def noted(api: Api) -> None:
        made(api)
        found.append(api)

    with mock.patch.object(Api, "__post_init__", noted):
        yield found


@contextmanager
def all_closed(count: int) -> Iterator[None]:
    """Within the block so many clients are made, and at its end none has connections."""
    with opened() as found:
        yield
    assert len(found) == count
    assert [api.vendor for api in found if not api.client.is_closed] == []
