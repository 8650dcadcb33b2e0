"""Formulas as MathML, which browsers show without a script or a font."""

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

_TAG = re.compile(r'\\tag\{([^}]*)\}')


def to_mathml(latex: str, display: str = 'inline') -> tuple[str, str]:
    r"""Convert a formula.

    Args:
        latex (str): LaTeX.
        display (str): 'inline' or 'block'. Defaults to 'inline'.

    Returns:
        tuple[str, str]: The MathML, and the number of the equation that a
        ``\tag`` gives, else ''.

    Example:
        >>> mathml, number = to_mathml(r'a \tag{1}')
        >>> number, '<mi>a</mi>' in mathml
        ('1', True)
    """
    tag = _TAG.search(latex)
    mathml = convert(_TAG.sub('', latex).strip(), display=display)
    return mathml, tag[1] if tag else ''


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer ``mathml``."""
    app.add_html_math_renderer(
        'mathml',
        inline_renderers=(_inline, None),
        block_renderers=(_block, None),
    )
    return {'parallel_read_safe': True, 'parallel_write_safe': True}


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(to_mathml(node.astext())[0])
    raise nodes.SkipNode


def _block(translator: HTML5Translator, node: nodes.math_block) -> None:
    mathml, number = to_mathml(node.astext(), 'block')
    translator.body.append(f'<div class="equation">{mathml}')
    if number:
        translator.body.append(f'<span class="eqno">({number})</span>')
    translator.body.append('</div>\n')
    raise nodes.SkipNode
