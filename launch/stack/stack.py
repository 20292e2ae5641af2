"""One stack of the project, driven through Pulumi's automation in the right environment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from contract.paths import PROJECT
from contract.problem import Problem
from launch.stack.past import Update, updates
from launch.stack.progress import Progress

if TYPE_CHECKING:
    from pulumi import automation

SANDBOX = "sandbox"
"""The stack of the sandbox."""
_HIDDEN = "[secret]"


class PulumiError(Problem):
    """An operation of Pulumi failed; what it had to say is in the message or was already shown."""


class UpdateError(PulumiError):
    """An operation on the resources failed."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack and the environment in which its commands run."""

    name: str
    environment: dict[str, str]
    folder: Path = PROJECT
    encryption: str = ""
    """The secrets provider of a stack that is made; "" for the backend's own."""

    @property
    def project(self) -> str:
        """The project's name."""
        return str(yaml.safe_load((self.folder / "Pulumi.yaml").read_text())["name"])

    def exists(self) -> bool:
        """Whether the backend has it."""
        with self._explained("stack ls"):
            return self.name in {found.name for found in self._workspace().list_stacks()}

    def create(self) -> None:
        """Create the stack where it is missing. Its settings file belongs to the project and is left as it is.

        Another command may create it at the same moment.
        """
        from pulumi import automation

        settings = self.folder / f"Pulumi.{self.name}.yaml"
        before = settings.read_bytes() if settings.exists() else None
        try:
            with self._explained("stack init"), suppress(automation.StackAlreadyExistsError):
                automation.Stack.create_or_select(self.name, self._workspace())
        finally:
            if before is not None and settings.read_bytes() != before:
                settings.write_bytes(before)

    def siblings(self) -> list[str]:
        """Names of all stacks of this one's project in the backend. Raises PulumiError."""
        with self._explained("stack ls"):
            return [found.name for found in self._workspace().list_stacks()]

    def configure(self, values: Mapping[str, str]) -> None:
        """Set settings by full key, none of them secret; they are written to the stack's file. Raises PulumiError."""
        from pulumi import automation

        with self._explained("config set-all"):
            self._workspace().set_all_config(
                self.name, {key: automation.ConfigValue(value) for key, value in values.items()}
            )

    def secrets_provider(self) -> str:
        """What encrypts its secrets, as its settings file says; "" where that says nothing."""
        file = self.folder / f"Pulumi.{self.name}.yaml"
        return str((yaml.safe_load(file.read_text()) or {}).get("secretsprovider") or "") if file.exists() else ""

    def remove(self) -> None:
        """Remove the stack, which has no resources any more, with its settings file and its history.

        Raises PulumiError.
        """
        with self._explained("stack rm"):
            self._workspace().remove_stack(self.name)

    def up(self, *, refresh: bool = False) -> None:
        """Bring the resources to what the program declares; with `refresh` also what drifted. Raises UpdateError."""
        self._operate(
            "up", "Updating", lambda stack, watch: stack.up(refresh=refresh, on_event=watch, show_secrets=False)
        )

    def refresh(self, *, clear_pending_creates: bool = False) -> None:
        """Read what there really is; `clear_pending_creates` forgets what was just being made. Raises UpdateError."""
        self._operate(
            "refresh",
            "Refreshing",
            lambda stack, watch: stack.refresh(
                on_event=watch, show_secrets=False, clear_pending_creates=clear_pending_creates
            ),
        )

    def look(self, watch: Callable[[automation.EngineEvent], object]) -> None:
        """Compare the state with what there really is; changes neither. `watch` gets the events. Raises PulumiError."""
        with self._explained("refresh --preview-only"):
            self._selected().preview_refresh(on_event=watch, show_secrets=False)

    def destroy(self, *, refresh: bool = False) -> None:
        """Delete all resources, also those that the program protects; with `refresh` but those that are gone.

        Raises UpdateError.
        """
        with self._explained("state unprotect"):
            # Automation has no word for it but to write the whole state, with its secrets, to a file and read it again.
            found = self._workspace()
            found.pulumi_command.run(
                ["state", "unprotect", "--all", "--yes", "--stack", self.name], found.work_dir, found.env_vars
            )
        self._operate(
            "destroy",
            "Destroying",
            lambda stack, watch: stack.destroy(refresh=refresh, on_event=watch, show_secrets=False),
        )

    def cancel(self) -> None:
        """Remove the lock of an update. Raises PulumiError."""
        with self._explained("cancel"):
            self._selected().cancel()

    def pending(self) -> list[dict[str, Any]]:
        """Operations that an update began and did not finish. Raises PulumiError."""
        with self._explained("stack export"):
            state = self._workspace().export_stack(self.name).deployment or {}
        found: list[dict[str, Any]] = state.get("pending_operations") or []
        return found

    def history(self) -> list[Update]:
        """All operations on the stack that the backend remembers, newest first. Raises PulumiError."""
        with self._explained("stack history"):
            found = self._workspace()
            done = found.pulumi_command.run(
                ["stack", "history", "--json", "--stack", self.name], found.work_dir, found.env_vars
            )
        return updates(json.loads(done.stdout))

    def resources(self) -> list[dict[str, Any]]:
        """The resources of the state, as an export has them; secrets stay encrypted. Raises PulumiError."""
        with self._explained("stack export"):
            state = self._workspace().export_stack(self.name).deployment or {}
        found: list[dict[str, Any]] = state.get("resources") or []
        return found

    def configuration(self) -> dict[str, str]:
        """The stack's settings by full key, secrets in clear. Raises PulumiError."""
        with self._explained("config"):
            return {key: each.value for key, each in self._workspace().get_all_config(self.name).items()}

    def outputs(self, *, secrets: bool = False) -> dict[str, Any]:
        """The stack's outputs by name; secret ones only with `secrets`, else the text [secret]. Raises PulumiError."""
        with self._explained("stack output"):
            found = self._workspace().stack_outputs(self.name)
        return {name: _HIDDEN if each.secret and not secrets else each.value for name, each in found.items()}

    def _operate(self, verb: str, doing: str, operation: Callable[[automation.Stack, Progress], object]) -> None:
        """Run an operation with progress for people. An interrupt from the keyboard lets it end in order."""
        from pulumi import automation

        from launch.stack.automation import complaint, ended_in_order

        with self._explained("stack select"):
            stack = self._selected()
        progress = Progress(doing)
        try:
            with ended_in_order(), progress:
                operation(stack, progress)
        except automation.CommandError as error:
            untold = "" if progress.told_errors else complaint(error)
            told = f" failed:\n{untold}" if untold else " failed (see above)."
            raise UpdateError(f"`pulumi {verb}`{told}") from None

    def _selected(self) -> automation.Stack:
        from pulumi import automation

        return automation.Stack.select(self.name, self._workspace())

    def _workspace(self) -> automation.LocalWorkspace:
        from launch.stack.automation import workspace

        return workspace(self.folder, {**self.environment, "PULUMI_STACK": self.name}, self.encryption)

    @contextmanager
    def _explained(self, command: str) -> Iterator[None]:
        """Failures of a command as one clear error. They hide what caused them: that may show secrets."""
        from pulumi.automation import CommandError, StackNotFoundError

        from launch.stack.automation import complaint

        try:
            yield
        except StackNotFoundError:
            raise PulumiError(self._missing()) from None
        except CommandError as error:
            raise PulumiError(f"`pulumi {command}` of stack {self.name} failed:\n{complaint(error)}") from None

    def _missing(self) -> str:
        where = self.environment.get("PULUMI_BACKEND_URL") or "the backend that `pulumi whoami --verbose` names"
        if self.name == SANDBOX:
            return f"There is no stack {self.name} in {where}: make it with `make up`."
        return (
            f"There is no stack {self.name} in {where}: make it with `pulumi stack init {self.name}`, "
            "or use the backend that has it (`pulumi login`, or PULUMI_BACKEND_URL)."
        )
