"""Formulas as MathML, which browsers draw themselves: no script and no font is fetched."""

import re
from html import escape
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

_UNKNOWN = {r"\Big": "", r"\big": "", r"\dots": r"\ldots", r"\textstyle": ""}
"""What docutils doesn't know, and what stands for it."""


def _mathml(tex: str, as_block: bool) -> str:
    for name, other in _UNKNOWN.items():
        tex = re.sub(re.escape(name) + r"(?![a-zA-Z])", lambda _, new=other: new, tex)
    return str(tex2mathml(tex, as_block=as_block))


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(_mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(
        f'<div class="math" style="overflow: auto hidden; padding: .4em 0" title="{escape(node.astext())}">'
    )
    translator.body.append(f"{_mathml(node.astext(), as_block=True)}</div>")
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Register the renderer with Sphinx."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
