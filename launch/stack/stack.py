"""One stack of the project, changed through Pulumi's automation API in the right environment."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from launch.stack.progress import Progress
from launch.stack.readable import PulumiError, ReadableStack
from launch.stack.settings import provider_settings

if TYPE_CHECKING:
    from pulumi import automation

Receiver = Callable[["automation.EngineEvent"], object]
"""Receives the engine's events."""


class UpdateError(PulumiError):
    """An operation on the resources failed."""


@dataclass(frozen=True, kw_only=True)
class Stack(ReadableStack):
    """A stack with everything that changes it."""

    encryption: str = ""
    """The secrets provider of a stack that is created; "" for the backend's own."""
    also: Receiver | None = field(default=None, compare=False)
    """Receives the engine's events of every operation that changes something, in addition to the progress display."""

    def exists(self) -> bool:
        """Return whether the backend has it."""
        with self._explained("stack ls"):
            return self.name in {found.name for found in self._workspace().list_stacks()}

    def create(self) -> None:
        """Create the stack if it is missing. Its settings file belongs to the project and is left unchanged.

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

    def configure(self, values: Mapping[str, str]) -> None:
        """Set settings by full key, none of them secret; they are written to the stack's file. Raises PulumiError."""
        from pulumi import automation

        with self._explained("config set-all"):
            self._workspace().set_all_config(
                self.name, {key: automation.ConfigValue(value) for key, value in values.items()}
            )

    def secrets_provider(self) -> str:
        """Return what encrypts its secrets, according to its settings file, or ""."""
        file = self.folder / f"Pulumi.{self.name}.yaml"
        return str((yaml.safe_load(file.read_text()) or {}).get("secretsprovider") or "") if file.exists() else ""

    def remove(self) -> None:
        """Remove the stack, which has no resources any more, with its settings file and its history.

        Raises PulumiError.
        """
        with self._explained("stack rm"):
            self._workspace().remove_stack(self.name)

    def names(self) -> list[str]:
        """Return the names of all stacks of the project in the backend. Raises PulumiError."""
        with self._explained("stack ls"):
            return [found.name for found in self._workspace().list_stacks()]

    def up(
        self,
        *,
        refresh: bool = False,
        without: Sequence[str] = (),
        replace: Sequence[str] = (),
        plan: Path | None = None,
        message: str = "",
    ) -> None:
        """Bring the resources to what the program declares. `refresh` also repairs drift. Raises UpdateError.

        The URNs in `without`, and whatever depends on them, are left out. Those in `replace` are replaced. With a
        `plan` (from `planned`) only its steps are done. `message` is the update's entry in the history.
        """
        self._operate(
            "up",
            "Updating",
            lambda stack, watch: stack.up(
                refresh=refresh,
                on_event=watch,
                show_secrets=False,
                plan=str(plan) if plan else None,
                message=message or None,
                exclude=list(without) or None,
                exclude_dependents=bool(without) or None,
                replace=list(replace) or None,
                config_file=self._config_file,
            ),
        )

    def preview(self, watch: Callable[[automation.EngineEvent], object]) -> None:
        """Plan an update; changes nothing. `watch` receives the events, errors included. Raises PulumiError."""
        with self._explained("preview"):
            self._selected().preview(on_event=watch, config_file=self._config_file)

    def unprotect(self, urns: Sequence[str]) -> None:
        """Allow these resources to be deleted and replaced until the next update protects them. Raises PulumiError."""
        found = self._workspace()
        with self._explained("state unprotect"):
            arguments = ["state", "unprotect", *urns, "--yes", "--stack", self.name]
            found.pulumi_command.run(arguments, found.work_dir, found.env_vars)

    def forget(self, urns: Sequence[str]) -> None:
        """Drop resources from the state, in this order. At the vendor they stay as they are. Raises PulumiError."""
        found = self._workspace()
        for urn in urns:
            with self._explained("state delete"):
                arguments = ["state", "delete", urn, "--force", "--yes", "--stack", self.name]
                found.pulumi_command.run(arguments, found.work_dir, found.env_vars)

    def refresh(self, *, clear_pending_creates: bool = False, only: Sequence[str] | None = None) -> None:
        """Read the actual resources, or only those with the URNs in `only`. Raises UpdateError.

        `clear_pending_creates` forgets interrupted creations.
        """
        targets = None if only is None else list(only)
        self._operate(
            "refresh",
            "Refreshing",
            lambda stack, watch: stack.refresh(
                on_event=watch, show_secrets=False, clear_pending_creates=clear_pending_creates, target=targets
            ),
        )

    def destroy(self, *, refresh: bool = False) -> None:
        """Delete all resources, protected ones included. With `refresh`, those that are already gone are skipped.

        Raises UpdateError.
        """
        with self._explained("state unprotect"):
            # Automation has no unprotect; the alternative is to write the whole state, secrets included, to a file and
            # import it.
            found = self._workspace()
            found.pulumi_command.run(
                ["state", "unprotect", "--all", "--yes", "--stack", self.name], found.work_dir, found.env_vars
            )
        self._operate(
            "destroy",
            "Destroying",
            lambda stack, watch: stack.destroy(
                refresh=refresh,
                on_event=watch,
                show_secrets=False,
                config_file=self._config_file,
            ),
        )

    def cancel(self) -> None:
        """Remove the lock of an update. Raises PulumiError."""
        with self._explained("cancel"):
            self._selected().cancel()

    def pending(self) -> list[dict[str, Any]]:
        """Return the operations that an update began but did not finish. Raises PulumiError."""
        with self._explained("stack export"):
            state = self._workspace().export_stack(self.name).deployment or {}
        found: list[dict[str, Any]] = state.get("pending_operations") or []
        return found

    def resources(self, name: str = "") -> list[dict[str, Any]]:
        """Return the resources of the state, as in an export, with secrets in clear: keep them in memory only.

        `name` selects another stack of the same project. Raises PulumiError.
        """
        with self._explained("stack export"):
            state = self._workspace().export_stack(name or self.name).deployment or {}
        found: list[dict[str, Any]] = state.get("resources") or []
        return found

    def keep_only(self, wanted: Callable[[dict[str, Any]], bool]) -> None:
        """Drop every resource that is not `wanted` from the state; at the vendor all stay. Raises PulumiError.

        The remaining resources lose their references to the dropped ones.
        """
        from launch.stack.part_of_state import without

        self.rewrite(lambda deployment: without(deployment, wanted))

    def rewrite(self, change: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
        """Replace the state's deployment by the result of `change`, with secrets in clear. Raises PulumiError."""
        with self._explained("stack import"):
            found = self._workspace()
            exported = found.export_stack(self.name)
            exported.deployment = change(exported.deployment or {})
            found.import_stack(self.name, exported)

    def take(self, state: dict[str, Any]) -> None:
        """Replace the whole state by an exported one, whose secrets are encrypted again. Raises PulumiError."""
        with self._explained("stack import"):
            found = self._workspace()
            with tempfile.NamedTemporaryFile("w", suffix=".json") as file:  # created with mode 0600
                json.dump(state, file)
                file.flush()
                arguments = ["stack", "import", "--file", file.name, "--stack", self.name]
                found.pulumi_command.run(arguments, found.work_dir, found.env_vars)

    def set_secret(self, key: str, value: str) -> None:
        """Set one encrypted value in the stack's settings. Raises PulumiError."""
        with self._explained("config set"):
            found = self._workspace()
            file = ["--config-file", str(self.settings)] if self.settings else []
            arguments = ["config", "set", "--secret", *file, "--stack", self.name, "--", key, value]
            found.pulumi_command.run(arguments, found.work_dir, found.env_vars)

    def secret_keys(self) -> list[str]:
        """Return the full keys of the settings that are encrypted. Raises PulumiError."""
        with self._explained("config"):
            return [key for key, each in self._workspace().get_all_config(self.name).items() if each.secret]

    def configuration(self) -> dict[str, str]:
        """Return the stack's settings by full key, with secrets in clear text. Raises PulumiError."""
        with self._explained("config"):
            if self.settings is None:
                return {key: each.value for key, each in self._workspace().get_all_config(self.name).items()}
            found = self._workspace()
            arguments = [
                "config",
                "--show-secrets",
                "--json",
                "--config-file",
                str(self.settings),
                "--stack",
                self.name,
            ]
            done = found.pulumi_command.run(arguments, found.work_dir, found.env_vars)
            return {key: str(each.get("value", "")) for key, each in json.loads(done.stdout).items()}

    def provider_settings(self) -> dict[str, str]:
        """Return the settings of the vendors' providers, by full key, with secrets in clear text. Raises PulumiError.

        They are read from the files, which saves a start of the engine, unless one of them is secret.
        """
        found = None if self.settings else provider_settings(self.folder, self.name)
        return self.configuration() if found is None else found

    def _operate(self, verb: str, doing: str, operation: Callable[[automation.Stack, Receiver], object]) -> None:
        """Run an operation and show progress. After a keyboard interrupt it still ends in order."""
        from pulumi import automation

        from launch.stack.automation import complaint, ended_in_order

        with self._explained("stack select"):
            stack = self._selected()
        progress = Progress(doing)
        try:
            with ended_in_order(), progress:
                operation(stack, progress if self.also is None else _both(progress, self.also))
        except automation.CommandError as error:
            unshown = "" if progress.showed_errors else complaint(error)
            outcome = f" failed:\n{unshown}" if unshown else " failed (see above)."
            raise UpdateError(f"`pulumi {verb}`{outcome}") from None

    @property
    def _config_file(self) -> str | None:
        return None if self.settings is None else str(self.settings)

    def _selected(self) -> automation.Stack:
        from pulumi import automation

        return automation.Stack.select(self.name, self._workspace())

    def _workspace(self) -> automation.LocalWorkspace:
        from launch.stack.automation import workspace

        return workspace(self.folder, {**self.environment, "PULUMI_STACK": self.name}, self.encryption)

    @contextmanager
    def _explained(self, command: str) -> Iterator[None]:
        """Raise failures of a command as one clear error without its cause, which may show secrets."""
        from pulumi.automation import CommandError, StackNotFoundError

        from launch.stack.automation import complaint

        try:
            yield
        except StackNotFoundError:
            raise self._missing() from None
        except CommandError as error:
            raise PulumiError(f"`pulumi {command}` of stack {self.name} failed:\n{complaint(error)}") from None


def _both(one: Receiver, other: Receiver) -> Receiver:
    def receive(event: automation.EngineEvent) -> None:
        one(event)
        other(event)

    return receive
