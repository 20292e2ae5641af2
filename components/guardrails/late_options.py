"""Resource options of which some are decided after the resource was declared, and before it is registered.

A transformation can only answer at once; what exists at a vendor is looked up when everything has been declared. The
SDK copies options shallowly and reads each of them when it registers: what is not in the instance is looked up here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi


@dataclass
class Decision:
    """What is decided late about one resource."""

    import_id: str | None = None
    """Of the thing that is taken into the state instead of being made."""


class LateOptions(pulumi.ResourceOptions):
    """Options that follow a decision."""

    decision: Decision

    @classmethod
    def following(cls, options: pulumi.ResourceOptions, decision: Decision) -> LateOptions:
        """A copy of `options` that follows `decision`."""
        late = cls()
        late.__dict__.update(options.__dict__)
        late.decision = decision
        late.__dict__["_replace_on_changes"] = late.__dict__.pop("replace_on_changes")
        del late.__dict__["import_"]
        return late

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever the option is
        if name == "import_":
            return self.decision.import_id
        if name == "replace_on_changes":
            # The engine refuses to replace what it imports in the same run.
            return None if self.decision.import_id else self.__dict__["_replace_on_changes"]
        raise AttributeError(name)
