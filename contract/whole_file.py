"""Write a file whole or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Replace the file, or create it: a reader finds the earlier text or this one, never a part, and nothing beside it.

    The umask restricts `mode`. Raises OSError, which names `path`.
    """
    part = path.parent / f".{secrets.token_hex(8)}.part"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            file.write(text)
        part.replace(path)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if isinstance(error, OSError):  # a full disk names no file, and of the others nobody knows the part
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
