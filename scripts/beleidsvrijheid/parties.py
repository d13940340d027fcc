"""Party names: one spelling per party, by a reviewed table of aliases; local lists keep their own normalised name."""

import re
import unicodedata

import pandas as pd


def normalise_label(label: str) -> str:
    """Letters and digits only, lower case: "OPEN VLD" and "Open Vld" are one."""
    text = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]", "", text)


def harmonise(labels: pd.Series, aliases: pd.DataFrame) -> pd.Series:
    """Party per label. aliases: columns alias (normalised) and party."""
    table = dict(zip(aliases["alias"], aliases["party"], strict=True))
    keys = labels.map(normalise_label)
    return keys.map(lambda key: table.get(key, key))
