"""Zip archives from outside: what reading a damaged one raises, and which members lead out of it."""

import lzma
import re
import struct
import zipfile
import zlib

# What zipfile and its decompressors raise on bytes that are not what they say, whichever member and method.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError,
    ValueError, OverflowError, MemoryError, OSError,
)  # fmt: skip


def leads_outside(name: str) -> bool:
    """Whether a member's name (as the archive has it, `orig_filename`) would land outside a folder it is unpacked to."""
    parts = re.split(r"[/\\]", name)
    return ".." in parts or name.startswith(("/", "\\")) or ":" in name or not name.isprintable()
