"""Small wrong versions of a module, one change each, for `benchmarks/mutation.py`.

Changed are comparisons, arithmetic, booleans, conditions, numbers and texts, returned values, named arguments and the
order of the first two, slices, calls that have an opposite (min and max, ...), and statements, which are left out.
Not changed: annotations, docstrings, what stands in an f-string between its values, the sentence of an error that is
raised (that it is raised is), `Literal` types, and `strict` of zip, which only notices wrong lines elsewhere.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_OPPOSITES = {
    "min": "max",
    "maximum": "minimum",
    "argmin": "argmax",
    "floor": "ceil",
    "any": "all",
    "lower": "upper",
    "zeros": "ones",
    "zeros_like": "ones_like",
    "lstrip": "rstrip",
    "partition": "rpartition",
}
_EITHER_WAY = {"min", "max", "minimum", "maximum", "hypot", "iou", "_shared"}
"""Calls whose first two arguments mean the same in the other order."""
_OPPOSITES |= {there: here for here, there in _OPPOSITES.items()}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed version of a module.

    line: of the change. function: name of the outermost function or method around it (`Box.clipped`), None where the
    change shows only when the module is imported. told: before and after. source: of the whole changed module.
    """

    line: int
    function: str | None
    told: str
    source: str


@dataclass(frozen=True, slots=True)
class _Place:
    """A node, where it hangs (parent, field, number in a list or None), and the function it is in."""

    node: ast.AST
    parent: ast.AST
    field: str
    number: int | None
    function: str | None


def mutants_of(source: str) -> list[Mutant]:
    """All mutants of a module's source, in its order, each different text once."""
    tree = ast.parse(source)
    found: list[Mutant] = []
    seen = {ast.unparse(tree)}
    for place in list(_places(tree)):
        for new in list(_changes(place)):
            _put(place, new)
            text = ast.unparse(tree)
            _put(place, place.node)
            if text not in seen:
                seen.add(text)
                after = "nothing" if isinstance(new, ast.Pass) else ast.unparse(new)
                told = " ".join(f"{ast.unparse(place.node)}  becomes  {after}".split())
                found.append(Mutant(getattr(place.node, "lineno", 0), place.function, told, text))
    return found


def _put(place: _Place, node: ast.AST) -> None:
    if place.number is None:
        setattr(place.parent, place.field, node)
    else:
        getattr(place.parent, place.field)[place.number] = node


def _places(tree: ast.Module) -> Iterator[_Place]:
    """Every node that may be changed."""
    yield from _inside(tree, owner="", function=None)


def _inside(parent: ast.AST, *, owner: str, function: str | None) -> Iterator[_Place]:
    for field, value in ast.iter_fields(parent):
        if field in {"annotation", "returns", "decorator_list", "ctx"}:
            continue
        nodes = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for number, node in nodes:
            if not isinstance(node, ast.AST) or _is_docstring(node, parent) or isinstance(node, ast.Import):
                continue
            if isinstance(parent, ast.Raise) or (isinstance(parent, ast.JoinedStr) and isinstance(node, ast.Constant)):
                continue
            if (isinstance(node, ast.keyword) and node.arg == "strict") or _is_type(node):
                continue
            name, within = owner, function
            if function is None and isinstance(parent, ast.FunctionDef) and field == "body":
                within = owner
            elif function is None and isinstance(node, ast.ClassDef | ast.FunctionDef):
                name = f"{owner}.{node.name}".lstrip(".")
            yield _Place(node, parent, field, number, within)
            yield from _inside(node, owner=name, function=within)


def _is_type(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal"


def _is_docstring(node: ast.AST, parent: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and hasattr(parent, "body")


def _changes(place: _Place) -> Iterator[ast.AST]:
    """What may stand at a place instead; `pass` for a statement that is left out."""
    node = place.node
    if isinstance(node, ast.expr):
        yield from _other_values(node, place)
    elif isinstance(node, ast.Return) and node.value is not None:
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Expr | ast.AugAssign | ast.Raise | ast.Continue | ast.Break) or (
        isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple)
    ):
        yield ast.Pass()


def _other_values(node: ast.expr, place: _Place) -> Iterator[ast.expr]:
    if place.field == "test" or (place.field == "ifs" and isinstance(place.parent, ast.comprehension)):
        yield _negated(node)
    if isinstance(node, ast.Compare):
        for number, operator in enumerate(node.ops):
            for other in _COMPARISONS[type(operator)]:
                new = copy.deepcopy(node)
                new.ops[number] = other()
                yield new
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        yield ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from _other_constants(node.value)
    elif isinstance(node, ast.Call):
        yield from _other_calls(node)
    elif isinstance(node, ast.Slice):
        if node.lower is not None:
            yield ast.Slice(None, node.upper, node.step)
        if node.upper is not None:
            yield ast.Slice(node.lower, None, node.step)


def _negated(node: ast.expr) -> ast.expr:
    return (
        node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) else ast.UnaryOp(ast.Not(), node)
    )


def _other_constants(value: object) -> Iterator[ast.Constant]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
    elif isinstance(value, float):
        yield ast.Constant(value * 2 if value else 1.0)
    elif isinstance(value, str | bytes):
        mark = "~" if isinstance(value, str) else b"~"
        yield ast.Constant(mark + value)  # pyright: ignore[reportOperatorIssue]


def _other_calls(node: ast.Call) -> Iterator[ast.Call]:
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    for number, keyword in enumerate(node.keywords):
        if keyword.arg != "strict":
            new = copy.deepcopy(node)
            del new.keywords[number]
            yield new
    first_two = node.args[:2]
    if len(first_two) == 2 and name not in _EITHER_WAY and not any(isinstance(each, ast.Starred) for each in first_two):
        new = copy.deepcopy(node)
        new.args[:2] = reversed(new.args[:2])
        yield new
    if name in _OPPOSITES:
        new = copy.deepcopy(node)
        if isinstance(new.func, ast.Attribute):
            new.func.attr = _OPPOSITES[name]
        elif isinstance(new.func, ast.Name):
            new.func.id = _OPPOSITES[name]
        yield new
