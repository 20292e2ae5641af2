"""Loads a generated Pulumi SDK module by module.

The `__init__` of a generated SDK imports every resource of the vendor: 2 s for Cloudflare's in each preview, although a
program uses a dozen. Here the package object is registered without running its `__init__`, and the first use of a name
imports the one module that defines it. A name that cannot be found this way runs the package's own `__init__`. The
package then behaves as without this module, and the classes loaded earlier stay the same objects.

    load_lazily("pulumi_cloudflare")        # before its first import
    import pulumi_cloudflare as cloudflare
    cloudflare.DnsRecord                    # imports pulumi_cloudflare.dns_record
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_lock = threading.RLock()


def load_lazily(package: str) -> None:
    """Let `package` load its modules on first use. Does nothing if it is already loaded or has no `__init__` to avoid.

    Raises ModuleNotFoundError if it is not installed.
    """
    if package in sys.modules:
        return
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    module = importlib.util.module_from_spec(spec)
    if spec.loader is None or spec.submodule_search_locations is None:
        return

    def attribute(name: str) -> object:
        # Python looks up optional names such as __wrapped__; none of them is worth loading the whole package.
        if name.startswith("__"):
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        with _lock, _without_collection():
            if not _find(module, name):
                _load(module)
        try:
            return module.__dict__[name]
        except KeyError:
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None

    module.__dict__["__getattr__"] = attribute
    sys.modules[package] = module


def _load(module: ModuleType) -> None:
    """Run the package's own `__init__`, once."""
    if module.__dict__.pop("__getattr__", None) and module.__spec__ and module.__spec__.loader:
        module.__spec__.loader.exec_module(module)


def _find(package: ModuleType, name: str) -> bool:
    """Bind `name` from the module that by convention defines it (dns_record for DnsRecord); return the success."""
    base = re.sub(r"(_output|ArgsDict|Args)$", "", name)
    for part in (name, _WORD.sub("_", base).lower(), "_inputs"):
        path = f"{package.__name__}.{part}"
        if name not in package.__dict__ and importlib.util.find_spec(path):
            module = importlib.import_module(path)
            # The import binds the module's own name, which may also be a function in it: get_zone in get_zone.
            package.__dict__[part] = getattr(module, part, module)
            if hasattr(module, name):
                package.__dict__[name] = getattr(module, name)
    return name in package.__dict__


@contextmanager
def _without_collection() -> Iterator[None]:
    """Suspend the garbage collector: it finds nothing in thousands of new classes, and doubles the import time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
