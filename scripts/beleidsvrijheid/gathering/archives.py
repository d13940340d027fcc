"""Archives: opened with care, written the same on every machine."""

import errno
import stat
import zipfile
from pathlib import Path

from beleidsvrijheid.archives import DAMAGE, leads_outside
from beleidsvrijheid.gathering.failures import Unusable

MOST_MEMBERS = 20_000
# ASSUME no publisher's archive is more than so many times as large unpacked as the ceiling on its own size.
UNPACKED = 10
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_PIECE = 1 << 20
_OF_THE_DISK = (errno.ENOSPC, errno.EACCES, errno.EIO)


def check_archive(path: Path, largest: int) -> None:
    """Open a zip and read every member through, writing nothing.

    largest: ceiling on the size of the archive, in bytes. Raises Unusable for a damaged archive, members that would
    land outside a folder, symbolic links, encryption, or more members or unpacked bytes than the ceilings.
    """
    with open(path, "rb") as file:
        # zipfile opens an archive with anything before it, such as a byte-order mark; other readers do not.
        if file.read(4) != b"PK\x03\x04":
            raise Unusable("not a zip archive")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _require_tame(members)
            _read_through(archive, members, UNPACKED * largest)
    except DAMAGE as problem:
        if isinstance(problem, OSError) and problem.errno in _OF_THE_DISK:
            raise
        raise Unusable(f"a damaged zip archive ({str(problem)[:80]})") from None


def _require_tame(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS:
        raise Unusable(f"a zip archive with {len(members)} members, more than {MOST_MEMBERS}")
    if len({member.filename for member in members}) != len(members):
        raise Unusable("a zip archive with two members of one name")
    for member in members:
        name = member.orig_filename
        if leads_outside(name) or "\\" in name:
            raise Unusable(f"a zip archive with a member that leads outside it, {name[:60]!r}")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Unusable(f"a zip archive with a symbolic link, {name[:60]!r}")
        if member.flag_bits & 1:
            raise Unusable("an encrypted zip archive")


def _read_through(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], most: int) -> None:
    """Unpack into nothing: zipfile compares each checksum at the end of a member, and not its size with the stated one."""
    total = 0
    for member in members:
        before = total
        with archive.open(member) as content:
            while piece := content.read(_PIECE):
                total += len(piece)
                if total > most:
                    raise Unusable(f"a zip archive that unpacks to more than {most} bytes")
        if total - before != member.file_size:
            raise Unusable(f"a damaged zip archive ({member.filename[:60]!r} is not as large as it says)")


def write_archive(path: Path, members: dict[str, Path]) -> None:
    """A zip of files: sorted, stored without compression and with one fixed time, so the same bytes everywhere."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, members[name].read_bytes())
