"""Commands on saved models: what they are, why they predict something, which classes they know; their export."""

from zsl.cli.models._change import add, remove
from zsl.cli.models._explain import explain
from zsl.cli.models._export import export
from zsl.cli.models._info import info

__all__ = ["of_models"]

of_models = (add, remove, explain, info, export)
