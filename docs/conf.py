"""Settings of Sphinx for the documentation site: ``make docs``."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / '_ext'), str(HERE.parent)]

from docutils import nodes  # noqa: E402
from inventories import pack_all  # noqa: E402
from sphinx.application import Sphinx  # noqa: E402

from mmdmr.version import __version__  # noqa: E402

#: Address of the repository's files, such as https://HOST/OWNER/mmdmr/blob/main.
#: Empty: links to code lead to pages of the site.
repository_url = ''

project = 'mmdmr'
author = 'The mmdmr authors'
copyright = author
version = release = __version__
language = 'en-GB'

extensions = [
    'myst_parser',
    'sphinx.ext.autodoc',
    'sphinx.ext.napoleon',
    'sphinx.ext.intersphinx',
    'sphinx.ext.viewcode',
    'sphinx_copybutton',
    'mathml',
    'public_names',
    'repository_links',
    'self_contained',
    'tool_pages',
]
# search.html is the page of Sphinx's own search: see search_guide.md.
exclude_patterns = ['_build', 'figures', 'search.md']

# Markdown
myst_enable_extensions = ['deflist', 'dollarmath']
myst_heading_anchors = 4
myst_dmath_double_inline = True
# Quotes stay as they are typed.
smartquotes_action = 'D'

# Docstrings
autodoc_default_options = {'members': True, 'show-inheritance': True}
autodoc_member_order = 'bysource'
# The sections "Args" and "Returns" give the types.
autodoc_typehints = 'none'
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
add_module_names = False
nitpicky = True
# What other libraries' pages do not name.
nitpick_ignore = [
    ('py:class', 'sv.Detections'),
    ('py:class', 'Starlette'),
    ('py:class', 'mmdet.visualization.DetLocalVisualizer'),
    ('py:class', 'mmdet.visualization.local_visualizer.DetLocalVisualizer'),
]

# Other libraries
intersphinx_mapping = pack_all(HERE / '_build/inventories')

# HTML
html_theme = 'furo'
html_title = f'mmdmr {release}'
html_static_path = ['_static']
html_css_files = ['site.css']
html_math_renderer = 'mathml'
html_show_sphinx = False
html_copy_source = False
pygments_style = 'friendly'
pygments_dark_style = 'github-dark'
copybutton_exclude = '.linenos, .gp, .go'


def setup(app: Sphinx) -> None:
    """Leave out what says nothing: the base class of all classes."""

    def drop_object(app: Sphinx, doctree: nodes.document) -> None:
        for paragraph in list(doctree.findall(nodes.paragraph)):
            if paragraph.astext() == 'Bases: object':
                paragraph.parent.remove(paragraph)

    app.connect('doctree-read', drop_object)
