"""Resource options that are decided after a resource is declared and before it is registered.

A transformation must return at once, but existing resources are looked up only after everything has been declared. The
SDK copies options shallowly and reads each of them when it registers. Attributes missing from the instance are looked
up here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi


@dataclass
class Decision:
    """The late decision about one resource."""

    import_id: str | None = None
    """Id of the existing resource to import instead of creating one."""


class LateOptions(pulumi.ResourceOptions):
    """Options that follow a decision."""

    decision: Decision

    @classmethod
    def following(cls, options: pulumi.ResourceOptions, decision: Decision) -> LateOptions:
        """Return a copy of `options` that follows `decision`."""
        late = cls()
        late.__dict__.update(options.__dict__)
        late.decision = decision
        late.__dict__["_replace_on_changes"] = late.__dict__.pop("replace_on_changes")
        del late.__dict__["import_"]
        return late

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- any option
        if name == "import_":
            return self.decision.import_id
        if name == "replace_on_changes":
            # The engine refuses to replace a resource that it imports in the same run.
            return None if self.decision.import_id else self.__dict__["_replace_on_changes"]
        raise AttributeError(name)
