"""Tables say the level that the intervals were computed at, whatever it is."""

import re

import pytest

from beleidsvrijheid.tables import INTERVALS_FROM_FILES, build_table, render

from . import published_checks as checks
from . import published_claims as ledger
from . import published_study as study


def text_of(kind, confidence, language):
    extra = checks.extra() | ledger.extra()
    labels = study.study_labels(language)
    table = build_table(kind, {}, labels, data_source="simulated", confidence=confidence, extra=extra)
    return render(table, "md")


@pytest.mark.parametrize("kind", INTERVALS_FROM_FILES)
@pytest.mark.parametrize(("language", "words"), [("en", "{} % interval"), ("nl", "nterval (van )?{} %")])
def test_an_interval_is_called_by_its_level(kind, language, words):
    for confidence, level, other in ((0.90, "90", "95 %"), (0.95, "95", "90 %")):
        text = text_of(kind, confidence, language)
        assert re.search(words.format(level), text) and other not in text
