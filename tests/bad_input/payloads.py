"""What the tests of hostile input share: the canary, the account, texts of queries and programs."""

import pytest

from .account import Outcome, attempt, record

SPARQL = [
    '" } UNION { ?s ?p ?o }',
    "'; DROP GRAPH <x> ;#",
    '"@nl . ?x ?y "',
    "<http://x> ; INSERT DATA { }",
    "} LIMIT 1 #",
    "\\u0022 }",
    "?x",
    "a\"b'c",
]
CODE = [
    "__import__('os').system('touch canary')",
    "exec(\"open('canary','w')\")",
    "C(x) + I(open('canary','w'))",
    "$(touch canary)",
    "`touch canary`",
    "; touch canary",
    "| touch canary",
    "{touch,canary}",
    "@pd.io.common.os.system('touch canary')",
    "lambda: open('canary', 'w')",
    "x := open('canary','w')",
    "{wildcards.x}",
    "%(canary)s",
    "${canary}",
]


def ids(cases):
    """Parameters of a table of cases, by their names."""
    return [
        pytest.param(name, *(case if isinstance(case, tuple) else (case,)), id=name) for name, case in cases.items()
    ]


def judge(group, name, act, names, canary):
    """Try one payload and write down what became of it."""
    record(Outcome("payloads", group, name, *attempt(act, names, canary)))
