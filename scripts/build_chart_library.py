"""The library that draws the charts of the explorer, as one script that needs no network."""

from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_text


def main(library: str) -> None:
    """Write Vega, Vega-Lite and Vega-Embed, bundled offline by the package that requirements.lock pins."""
    from vl_convert import javascript_bundle

    write_text(javascript_bundle(), library)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(library=snakemake.output.library)
