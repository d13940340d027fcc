"""Stage 6: pages made from the results of all other stages.

Needs   results of stages 3 to 5, workflow/report/report.html.j2, the catalogues
Makes   results/report.html
"""


rule write_report:
    input:
        results=[
            *(path for kind in PER_SPECIFICATION if kind != "samples" for path in results_of(kind, ESTIMABLE)),
            *(
                path
                for path in ANALYSED
                if Path(path).parts[1] in ("diagnostics", "multiplicity", "multiverse", "power")
            ),
            *(path for path in SHOWN if path.endswith((".html", ".svg"))),
            *expand("results/captions/{table}.table.rst", table=config["tables"]),
            *expand("results/captions/{figure}.figure.rst", figure=config["figures"]),
            rules.record_claims.output,
            rules.record_deviations.output,
            rules.record_data_gaps.output.gaps,
            rules.record_configuration.output,
        ],
        catalogues=[project(f"workflow/{name}.yaml") for name in ("indicators", "sources", "constructs")],
        fields=project("workflow/tables/stable_fields.csv"),
        template=project("workflow/report/report.html.j2"),
        code=code("write_report.py"),
    output:
        report=report("results/report.html", caption="../report/narrative.rst", category="Report"),
    log:
        "results/logs/write_report.log",
    conda:
        "../envs/analysis.yaml"
    params:
        language=lookup(dpath="study/language", within=config),
        own_indicators=lookup(dpath="own_indicators", within=config),
    message:
        "Write the report"
    script:
        "../../scripts/write_report.py"


# Pages of the default target.
PAGES = [rules.write_report.output]
