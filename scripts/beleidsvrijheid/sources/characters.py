"""Characters that no text of a publisher has: left by damaged disks, by wrong encodings, by files pasted together."""

import re
from collections.abc import Iterable

from beleidsvrijheid.errors import StudyError

# Line ends and tabs apart, control characters are bytes of something else.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_ESCAPED_CONTROL = re.compile(r"(?<!\\)(?:\\\\)*\\u00(?:0[0-8be-f]|1[0-9a-f]|7f)", re.IGNORECASE)  # as JSON writes them
# UTF-8 that was read as Windows-1252 and written once more shows as one of these before a character of 80 to BF.
_CONTINUED = re.escape("".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xC0)))
_GARBLED = re.compile(f"[ÂÃ][{_CONTINUED}\u0080-\u009f]|â€|ï»¿|\ufffd")
_GARBLED_SIGNS = ("Â", "Ã", "â€", "ï»¿", "\ufffd")


def refuse_damaged(text: str, name: str, *, is_json: bool = False, garbled_too: bool = True) -> None:
    """Raise StudyError naming file and row of the first such character. text: without the byte-order mark it begins with.

    garbled_too: False where cells are looked at later, those that are read alone (see damaged_at).
    """
    if (at := text.find("\ufeff")) >= 0:
        raise StudyError(
            f"{name}: row {_row(text, at)}: a byte-order mark inside the text; two files were pasted together: keep one"
        )
    control = _CONTROL.search(text) or (_ESCAPED_CONTROL.search(text) if is_json and "\\u00" in text else None)
    if control:
        what = "a null character" if control[0] == "\0" else f"the control character {control[0]!r}"
        raise StudyError(
            f"{name}: row {_row(text, control.start())}: {what}; the file is damaged or no UTF-8: download it again"
        )
    if not garbled_too or not any(sign in text for sign in _GARBLED_SIGNS):
        return
    if garbled := _GARBLED.search(text):
        raise StudyError(
            f"{name}: row {_row(text, garbled.start())}: {garbled[0]!r} is a character that was saved in the wrong encoding; "
            "download the file again and do not open it in between"
        )


def damaged_at(texts: Iterable[object]) -> int | None:
    """Position of the first of many cells that has such a character; cells that are no text have none."""
    cells = [cell if isinstance(cell, str) else "" for cell in texts]
    together = "".join(cells)
    signs = "\ufeff" in together or any(sign in together for sign in _GARBLED_SIGNS)
    if not _CONTROL.search(together) and not signs:
        return None
    wrong = (at for at, cell in enumerate(cells) if "\ufeff" in cell or _CONTROL.search(cell) or _GARBLED.search(cell))
    return next(wrong, None)


def _row(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
