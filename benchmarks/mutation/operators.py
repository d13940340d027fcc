"""The faults: what each operator changes, as a replacement of one piece of source text."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

LIBRARY = "scripts/beleidsvrijheid"
COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
DROPPED_METHODS = {"abs", "clip", "drop_duplicates", "dropna", "fillna", "sort_index", "sort_values", "transpose"}
DROPPED_FUNCTIONS = {"abs", "ceil", "exp", "expm1", "floor", "log", "log1p", "nan_to_num", "round", "sorted", "sqrt"}
# What no test of numbers can see: annotations, messages of errors, and a length that is checked and always holds.
UNSEEN = (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom, ast.Assert)
UNSEEN_KEYWORDS = {"strict"}


@dataclass(frozen=True)
class Mutant:
    """One fault. called: the function in which it runs, empty in a module or class.

    span: first line, byte in it, last line, byte in it (lines from 1, bytes from 0).
    """

    path: str
    function: str
    called: str
    operator: str
    span: tuple[int, int, int, int]
    old: str
    new: str

    @property
    def line(self) -> int:
        return self.span[0]

    def applied(self, source: str) -> str:
        """The source with the fault in it."""
        lines = source.encode("utf-8").splitlines(keepends=True)
        first, start, last, end = self.span
        before, after = b"".join([*lines[: first - 1], lines[first - 1][:start]]), lines[last - 1][end:]
        return (before + self.new.encode("utf-8") + after + b"".join(lines[last:])).decode("utf-8")


def _like(node: ast.AST, **changed: object) -> str:
    fields = dict(ast.iter_fields(node)) | changed
    return ast.unparse(ast.fix_missing_locations(type(node)(**fields)))


def _compared(node: ast.Compare) -> Iterator[tuple[str, str]]:
    for place, one in enumerate(node.ops):
        other = [*node.ops[:place], COMPARISONS[type(one)](), *node.ops[place + 1 :]]
        yield "comparison", f"({_like(node, ops=other)})"


def _computed(node: ast.BinOp | ast.AugAssign) -> Iterator[tuple[str, str]]:
    if type(node.op) in ARITHMETIC:
        text = _like(node, op=ARITHMETIC[type(node.op)]())
        yield "arithmetic", text if isinstance(node, ast.AugAssign) else f"({text})"


def _unary(node: ast.UnaryOp) -> Iterator[tuple[str, str]]:
    kind = "boolean" if isinstance(node.op, ast.Not | ast.Invert) else "arithmetic"
    yield kind, f"({ast.unparse(node.operand)})"


def _constant(node: ast.Constant) -> Iterator[tuple[str, str]]:
    if isinstance(node.value, bool):
        yield "constant", str(not node.value)
    elif isinstance(node.value, int | float):
        yield "constant", repr(node.value + 1)


def _either(node: ast.BoolOp) -> Iterator[tuple[str, str]]:
    yield "boolean", f"({_like(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())})"


def _decided(node: ast.IfExp) -> Iterator[tuple[str, str]]:
    yield "boolean", f"({_like(node, body=node.orelse, orelse=node.body)})"


def _returned(node: ast.Return) -> Iterator[tuple[str, str]]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield "return", "return None"


def _sliced(node: ast.Slice) -> Iterator[tuple[str, str]]:
    if node.lower is not None:
        yield "slice", _like(node, lower=None)
    if node.upper is not None:
        yield "slice", _like(node, upper=None)


def _called(node: ast.Call) -> Iterator[tuple[str, str]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    of_module = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in {"np", "math"}
    if isinstance(node.func, ast.Attribute) and not of_module:
        if name in DROPPED_METHODS:
            yield "drop-call", ast.unparse(node.func.value)
    elif name in DROPPED_FUNCTIONS and node.args:
        yield "drop-call", ast.unparse(node.args[0])


def _statement(node: ast.Expr) -> Iterator[tuple[str, str]]:
    if isinstance(node.value, ast.Call):
        yield "drop-call", "pass"


CHANGES = {
    ast.Compare: _compared,
    ast.BinOp: _computed,
    ast.AugAssign: _computed,
    ast.UnaryOp: _unary,
    ast.Constant: _constant,
    ast.BoolOp: _either,
    ast.IfExp: _decided,
    ast.Return: _returned,
    ast.Slice: _sliced,
    ast.Call: _called,
    ast.Expr: _statement,
}


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            unseen = isinstance(child, UNSEEN) or (isinstance(child, ast.keyword) and child.arg in UNSEEN_KEYWORDS)
            if isinstance(child, ast.AST) and not unseen:
                yield child


def _text(lines: list[bytes], span: tuple[int, int, int, int]) -> str:
    first, start, last, end = span
    if first == last:
        return lines[first - 1][start:end].decode("utf-8")
    return b"".join([lines[first - 1][start:], *lines[first : last - 1], lines[last - 1][:end]]).decode("utf-8")


def mutants(path: str, source: str) -> list[Mutant]:
    """Every fault of a module, in the order of its text."""
    found: list[Mutant] = []
    lines = source.encode("utf-8").splitlines(keepends=True)

    def visit(node: ast.AST, function: str, called: str) -> None:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            function = f"{function}.{node.name}".lstrip(".")
            called = function if isinstance(node, ast.FunctionDef) else ""
        for operator, new in CHANGES.get(type(node), lambda _: ())(node):
            span = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
            old = _text(lines, span)
            found.append(Mutant(path, function or "(module)", called, operator, span, old, new))
        for child in _children(node):
            visit(child, function, called)

    visit(ast.parse(source), "", "")
    return sorted(found, key=lambda one: (one.span, one.new))
