"""The house: no import circles, small rooms, small files, few flat names."""

import ast
from collections import Counter
from pathlib import Path

import zsl

ROOT = Path(zsl.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))


def module_of(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports():
    """Which modules each module imports at its top, imports for type checkers included, and within functions not."""
    modules = {module_of(path) for path in FILES}
    graph = {}
    for path in FILES:
        found = set()
        todo = list(ast.parse(path.read_text(encoding="utf-8")).body)
        while todo:
            node = todo.pop()
            if isinstance(node, (ast.If, ast.Try)):
                todo += node.body + node.orelse
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
                if any(f"{node.module}.{alias.name}" not in modules for alias in node.names):
                    found.add(node.module)
        graph[module_of(path)] = (found & modules) - {module_of(path)}
    return graph


def circles(graph):
    """Strongly connected components of more than one module."""
    reach = {start: set() for start in graph}
    for start in graph:
        todo = list(graph[start])
        while todo:
            module = todo.pop()
            if module not in reach[start]:
                reach[start].add(module)
                todo += graph[module]
    return {frozenset(m for m in reach[start] if start in reach[m]) for start in graph if start in reach[start]}


def test_circles_are_found_where_there_are_some():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {frozenset({"b", "c"})}


def test_no_import_circles():
    assert circles(imports()) == set()


def test_rooms_have_at_most_fifteen_files():
    rooms = Counter(path.parent.relative_to(ROOT).as_posix() for path in FILES)
    assert {room: count for room, count in rooms.items() if count > 15} == {}


def test_files_have_at_most_three_hundred_lines():
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_at_most_eighty_flat_names():
    assert len(zsl.__all__) <= 80
