"""What surrounds a job: its log file, its warnings, its one message to the user when input is wrong."""

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from beleidsvrijheid.errors import StudyError


@contextmanager
def job_log(path: str) -> Iterator[logging.Logger]:
    """Send log records and warnings of a job to `path`; end on a StudyError with its message alone."""
    logger = logging.getLogger("beleidsvrijheid")
    handler = logging.FileHandler(Path(path), mode="w", encoding="utf-8")
    # No clock in the format: two runs leave the same log.
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addHandler(handler)
    warnings.simplefilter("default")
    try:
        yield logger
    except StudyError as mistake:
        logger.error(str(mistake))
        sys.exit(1)  # Snakemake prints the log of a failed job: the message is seen once
    except Exception:
        logger.exception("the job failed")
        raise
    finally:
        logger.removeHandler(handler)
        logging.getLogger("py.warnings").removeHandler(handler)
        handler.close()
