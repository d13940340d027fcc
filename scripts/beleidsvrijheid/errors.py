"""The one exception a user's mistake may raise."""


class StudyError(Exception):
    """A mistake in configuration or input that its reader can mend.

    The message names file, key or cell, the wrong value, the allowed values and the next step.
    """
