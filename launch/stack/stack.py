"""One stack of the project, driven through Pulumi's automation API in the right environment."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from contract.paths import PROJECT
from contract.problem import Problem
from launch.stack import event_log
from launch.stack.past import Update, updates
from launch.stack.progress import Progress
from launch.stack.reading import CommandFailedError, Reader, patiently
from launch.stack.settings import provider_settings
from launch.stack.state import State

if TYPE_CHECKING:
    from pulumi import automation

Receiver = Callable[["automation.EngineEvent"], object]
"""Receives the engine's events."""
SANDBOX = "sandbox"
"""The stack of the sandbox."""


class PulumiError(Problem):
    """An operation of Pulumi failed. Its output is in the message or has already been shown."""


class UpdateError(PulumiError):
    """An operation on the resources failed."""


class MissingStackError(PulumiError):
    """The backend answered, and does not have the stack."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack and the environment in which its commands run."""

    name: str
    environment: dict[str, str]
    folder: Path = PROJECT
    encryption: str = ""
    """The secrets provider of a stack that is created; "" for the backend's own."""

    @property
    def project(self) -> str:
        """The project's name."""
        return str(yaml.safe_load((self.folder / "Pulumi.yaml").read_text())["name"])

    settings: Path | None = None
    """Another settings file than the project's for this stack."""
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

    def look(self, watch: Callable[[Mapping[str, Any]], object]) -> None:
        """Compare the state with reality; change neither.

        `watch` receives the engine's events, all at once when the engine has ended, even if it failed. Raises
        PulumiError.
        """
        arguments = ("refresh", "--preview-only", "--suppress-outputs", "--stack", self.name, "--event-log")

        def once() -> list[Mapping[str, Any]]:
            with tempfile.TemporaryDirectory(prefix="launch-look-") as folder:
                log = Path(folder) / "events.json"
                try:
                    self._reader().run(*arguments, str(log))
                except CommandFailedError as error:
                    if not error.half_written:
                        for event in _events(log):
                            watch(event)
                    raise
                return _events(log)

        with self._read("refresh --preview-only"):
            for event in patiently(once):
                watch(event)

    def state(self) -> State:
        """Return the whole state, from one start of the engine, with secrets in clear text. Raises PulumiError."""
        arguments = ("stack", "export", "--show-secrets", "--stack", self.name)
        with self._read("stack export"):
            return self._reader().read(arguments, State.of)

    def planned(self, *, refresh: bool = False, plan: Path | None = None) -> tuple[Mapping[str, Any], ...]:
        """Return the engine's events of a preview, which may have failed. Changes nothing but the file `plan`.

        The engine writes what an update may do to `plan`; `refresh` reads the actual resources first. Raises
        PulumiError if the preview did not finish.
        """
        arguments = ["--stack", self.name]  # the exit code does not reveal that a stack in PULUMI_STACK is missing
        arguments += [*(["--refresh"] if refresh else []), *(["--save-plan", str(plan)] if plan else [])]
        arguments += ["--config-file", str(self.settings)] if self.settings else []
        log = event_log.preview(self.folder, {**self.environment, "PULUMI_STACK": self.name}, arguments)
        if log.code == event_log.NO_STACK:
            raise self._missing()
        if not log.ended:
            what = f"`pulumi preview` did not finish:\n{log.complaint}"
            raise PulumiError(what, where=f"stack {self.name}", remedy="Its output names the cause.")
        return log.events

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

    def history(self) -> list[Update]:
        """Return all operations on the stack in the backend's history, newest first. Raises PulumiError."""
        with self._read("stack history"):
            return self._reader().read(
                ("stack", "history", "--json", "--stack", self.name), lambda text: updates(json.loads(text or "[]"))
            )

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

    def outputs(self, *, secrets: bool = False) -> dict[str, Any]:
        """Return the outputs by name. Without `secrets`, secret ones are the text [secret]. Raises PulumiError."""
        shown = ["--show-secrets"] if secrets else []
        with self._read("stack output"):
            found: dict[str, Any] = self._reader().read(
                ("stack", "output", "--json", *shown, "--stack", self.name), json.loads
            )
        return found

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

    def _reader(self) -> Reader:
        return Reader(folder=self.folder, environment=self.environment)

    @contextmanager
    def _read(self, command: str) -> Iterator[None]:
        """Raise failures of a reading command as one clear error."""
        try:
            yield
        except CommandFailedError as error:
            if error.no_such_stack:
                raise self._missing() from None
            raise PulumiError(f"`pulumi {command}` of stack {self.name} failed:\n{error.complaint}") from None

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

    def _missing(self) -> MissingStackError:
        backend = self.environment.get("PULUMI_BACKEND_URL") or "the backend that `pulumi whoami --verbose` names"
        if self.name == SANDBOX:
            remedy = "Create it with `make up`."
        else:
            remedy = (
                f"Create it with `pulumi stack init {self.name}`, or use the backend that has it (`pulumi login`, or "
                "PULUMI_BACKEND_URL)."
            )
        return MissingStackError(f"there is no stack {self.name}", where=backend, remedy=remedy)


def _events(log: Path) -> list[Mapping[str, Any]]:
    """Return the events of a log, one JSON object per line; an unfinished last line is dropped."""
    found: list[Mapping[str, Any]] = []
    for line in log.read_text("utf-8").splitlines() if log.exists() else ():
        with suppress(ValueError):
            found.append(json.loads(line))
    return found


def _both(one: Receiver, other: Receiver) -> Receiver:
    def receive(event: automation.EngineEvent) -> None:
        one(event)
        other(event)

    return receive
