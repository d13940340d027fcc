"""Archives from outside: a damaged one ends in a refusal whichever bit is wrong, and no member leads out of its folder."""

import io
import zipfile

import pytest

from beleidsvrijheid.archives import leads_outside
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.archives import text_content


@pytest.mark.parametrize(
    "name", ["../a.txt", "a/../../b", "/etc/passwd", "\\\\host\\a", "..\\a", "C:\\a", "C:a", "a\0b", "a\nb"]
)
def test_names_that_lead_outside(name):
    assert leads_outside(name)


@pytest.mark.parametrize("name", ["a.txt", "gemeente/11001/a.json", "a..b", "één (2).txt", "map/"])
def test_names_that_stay_inside(name):
    assert not leads_outside(name)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_flipped_byte_is_refused_or_harmless(tmp_path, method):
    text = b"CD_REFNIS|MS_POPULATION\n" + b"11001|14207\n" * 5
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("a.txt", text)
    content, path, refused = buffer.getvalue(), tmp_path / "a.zip", 0
    for position in range(len(content)):
        path.write_bytes(content[:position] + bytes([content[position] ^ 0x55]) + content[position + 1 :])
        try:
            read, _ = text_content(path)
        except StudyError as refusal:
            assert "a.zip" in str(refusal)
            refused += 1
        else:
            assert (
                read == text or position < 4
            )  # without its mark it is a text like any other, for the parser to refuse
    assert refused > len(content) / 3
