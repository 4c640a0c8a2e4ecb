"""How the pages are built: ``sphinx-build -W --keep-going -b html docs build/docs``. Nothing is fetched."""

import logging
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import _pages
import torch

import zsl

torch.set_num_threads(1)
logging.getLogger("zsl").setLevel(logging.WARNING)  # what fits say isn't about the pages
warnings.filterwarnings("ignore", module="matplotlib")

project, author, copyright, release = "zsl", "the authors of zsl", "the authors of zsl, BSD-3-Clause", zsl.__version__
extensions = [
    "_mathml",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
html_theme = "furo"
html_title = "zsl"
html_static_path: list[str] = []
html_show_sphinx = False
templates_path = ["_templates"]
exclude_patterns = ["gallery/*", "gallery_of_examples/*.ipynb", "**/sg_execution_times*", "sg_execution_times*"]

# Pages: links to files and to headings are checked; formulas in dollars.
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
html_math_renderer = "mathml"

# Docstrings: numpydoc sections; a name in single backticks is a link where there is a page of it.
autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
default_role = "py:obj"

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "gallery_of_examples",
    "filename_pattern": r"[/\\]plot_",
    "download_all_examples": False,
    "remove_config_comments": True,
    "plot_gallery": "True",
    "show_memory": False,
    "abort_on_example_error": False,
    "write_computation_times": False,
}

_pages.write(Path(__file__).parent)
