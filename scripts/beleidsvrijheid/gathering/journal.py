"""What is said while downloading: a line per file on the terminal, every failed attempt in a log."""

import threading
from collections.abc import Collection
from typing import TextIO


class Journal:
    """Lines from several threads, one at a time, with every key blotted out."""

    def __init__(self, terminal: TextIO, attempts: TextIO, secrets: Collection[str] = ()) -> None:
        self._terminal, self._attempts = terminal, attempts
        self._secrets = [secret for secret in secrets if secret]
        self._lock = threading.Lock()

    def clean(self, text: str) -> str:
        """The text without keys."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def say(self, text: str) -> None:
        """A line for the terminal and the log."""
        self._write(text, self._terminal, self._attempts)

    def show(self, text: str) -> None:
        """A line for the terminal alone: how it goes, which the log of failed attempts has in full."""
        self._write(text, self._terminal)

    def note(self, text: str) -> None:
        """A line for the log alone."""
        self._write(text, self._attempts)

    def _write(self, text: str, *streams: TextIO) -> None:
        with self._lock:
            for stream in streams:
                stream.write(self.clean(text) + "\n")
                stream.flush()
