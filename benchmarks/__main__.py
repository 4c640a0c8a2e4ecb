"""Print every benchmark with one line on what it measures."""

import ast
from pathlib import Path

HERE = Path(__file__).parent


def benchmarks() -> dict[str, str]:
    """Map the module name of each benchmark to the first line of its docstring, without importing any."""
    found = {}
    for path in sorted(HERE.glob("[!_]*/[!_]*.py")):
        name = ".".join(("benchmarks", *path.relative_to(HERE).with_suffix("").parts))
        found[name] = (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]
    return found


def main() -> None:
    """Print the list by folder."""
    listed = benchmarks()
    width = max(map(len, listed))
    print("python -m NAME runs a benchmark, and python -m NAME --help shows its options.")
    for folder in dict.fromkeys(name.split(".")[1] for name in listed):
        print(f"\n{folder}")
        for name, line in listed.items():
            if name.split(".")[1] == folder:
                print(f"  {name:{width}}  {line}")


if __name__ == "__main__":
    main()
