"""Writing a file so that it is there whole or not at all."""

import os
import tempfile
from pathlib import Path

_UMASK = os.umask(0)  # the one way to read it is to set it
os.umask(_UMASK)


def write_bytes(content: bytes, path: str | Path, prefix: str | None = None) -> None:
    """Write to a temporary name beside `path`, flush to disk, then take its place in one step.

    The folder is made where it is not there. prefix: how the temporary name begins, for those who look for leftovers.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=prefix or f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_UMASK)  # as any other new file, where mkstemp is private
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
