"""The model card: a README whose head programs read, filled with what is known of the model."""

import hashlib
import re
import warnings
from importlib.resources import files
from pathlib import Path
from typing import Any

from zsl._arguments import check_kind, shown
from zsl._escaping import in_markdown
from zsl._files.writing import put
from zsl.evaluation import GZSLResult
from zsl.exceptions import InvalidInputError
from zsl.hub.facts import facts_of, shortened

NAME = "README.md"
_MARK = re.compile(r"<!-- zsl card ([0-9a-f]{64}) -->\n\Z")


def card_of(model: Any, *, result: GZSLResult | None, license: str | None, semantics_source: str | None) -> str:
    """The text of a card; what users named is escaped."""
    from huggingface_hub import ModelCardData
    from jinja2 import Environment, StrictUndefined

    if result is not None:
        check_kind("result", result, GZSLResult)
    for name, value in (("license", license), ("semantics_source", semantics_source)):
        if not (value is None or (isinstance(value, str) and value.strip())):
            raise InvalidInputError(f"{name}={shown(value)}; wanted a text or None.")
    facts = facts_of(model, result, semantics_source)
    tags = ["zero-shot-learning"] if facts.unseen else ["few-shot-learning"]
    data = ModelCardData(library_name="zsl", tags=tags, pipeline_tag=facts.pipeline_tag, license=license)
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    environment.filters |= {"md": in_markdown, "short": shortened}
    source = files("zsl.hub").joinpath("_card.md.j2").read_text(encoding="utf-8")
    text = environment.from_string(source).render(head=data.to_yaml().strip(), facts=facts, licence=license)
    text = text.rstrip() + "\n\n"
    return f"{text}<!-- zsl card {_digest(text)} -->\n"


def put_card(folder: Path, text: str) -> None:
    """Write a card, unless there is one that a person wrote or edited, which stays, with a warning."""
    place = folder / NAME
    if place.exists():
        before = place.read_bytes().decode("utf-8", "replace")
        mark = _MARK.search(before)
        if mark is None or mark[1] != _digest(before[: mark.start()]):
            warnings.warn(f"{place} was written or edited by somebody and stays as it is.", stacklevel=3)
            return
    put(place, [text.encode("utf-8", "backslashreplace")])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
