"""JSON is read strictly: what readers of JSON pass over in silence is refused by file and place."""

import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.json_text import decoded, read_json


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "a": 2}', "key 'a' occurs twice in one object"),
        ('[{"b": {"a": 1, "c": 2, "a": 1}}]', "key 'a' occurs twice"),
        ('{"a": NaN}', "NaN is no number of JSON"),
        ('{"a": -Infinity}', "-Infinity is no number of JSON"),
        ('{"a":\n 1,', "line 2: not JSON"),
        ("{} {}", "Extra data"),
        ("[" * 100_000, "values nested without end"),
    ],
)
def test_a_trap_is_refused(text, message):
    with pytest.raises(StudyError, match=message) as refusal:
        decoded(text, "x.json")
    assert str(refusal.value).startswith("x.json: ")


def test_content_and_hooks(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('\ufeff{"a": [1.50, {"a": null}]}', encoding="utf-8")
    assert read_json(path) == {"a": [1.5, {"a": None}]}
    assert read_json(path, parse_float=str) == {"a": ["1.50", {"a": None}]}
