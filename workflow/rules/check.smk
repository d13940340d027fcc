"""Stage 0: known numbers come out right, or nothing is computed.

Needs   nothing but the installed packages
Makes   results/canary.csv
"""

from beleidsvrijheid.provenance import environment


rule check_numbers:
    input:
        code=code("check_numbers.py"),
    output:
        canary=update("results/canary.csv"),
    log:
        "results/logs/check_numbers.log",
    conda:
        "../envs/analysis.yaml"
    params:
        environment=environment(),
        data_source=lookup(dpath="data/source", within=config),
    message:
        "Check that known numbers come out right"
    script:
        "../../scripts/check_numbers.py"


# Waited for, but never a reason to run again: other packages make only the check itself run again.
CHECKED = ancient(rules.check_numbers.output.canary)
