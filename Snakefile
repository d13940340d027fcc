"""How much of their policy freedom do Flemish municipalities use, and what explains it?

config.yaml says which study. Each file below is one stage; its header says what it needs and makes.
"""

from snakemake.utils import min_version

min_version("9.13")


include: "workflow/rules/common.smk"


wildcard_constraints:
    **STUDY.wildcards(),


include: "workflow/rules/gather.smk"
include: "workflow/rules/harmonise.smk"
include: "workflow/rules/indicators.smk"
include: "workflow/rules/estimate.smk"
include: "workflow/rules/analyse.smk"
include: "workflow/rules/multiverse.smk"
include: "workflow/rules/publish.smk"
include: "workflow/rules/pages.smk"


report: "workflow/report/study.rst"


rule all:
    default_target: True
    input:
        expand(rules.estimate_specification.output, specification=ESTIMABLE),
        SHOWN,
        rules.build_panel.output.indicators,
        ANALYSED,
        RECORDS,
        PAGES,
    message:
        "The study is complete"


onstart:
    start_jobs_at_once()
    GATHERS or check_numbers()
    GATHERS or freeze_before_data(Path.cwd(), config)
    remove_orphans()
