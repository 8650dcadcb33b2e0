"""Shapes of the drawings, as text of SVG.

The drawings have a white ground of their own, so that they look the same on a
light and on a dark page.
"""

from html import escape

INK, GREY, FAINT = '#1f2328', '#57606a', '#d0d7de'
BLUE, GREEN, RED, VIOLET = '#0550ae', '#1a7f37', '#cf222e', '#8250df'
ORANGE = '#953800'
PALE = {
    BLUE: '#ddf4ff',
    GREEN: '#dafbe1',
    RED: '#ffebe9',
    VIOLET: '#fbefff',
    ORANGE: '#fff1e5',
    GREY: '#f6f8fa',
}
_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" \
height="{h}" font-family="Helvetica, Arial, sans-serif" font-size="14" \
text-anchor="middle" fill="{ink}">
  <title>{title}</title>
  <defs>
    <marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" \
markerHeight="7" orient="auto">
      <path d="M0 0 L10 5 L0 10 z" fill="{grey}"/>
    </marker>
  </defs>
  <rect width="{w}" height="{h}" rx="8" fill="#ffffff"/>
"""


def page(title: str, width: int, height: int, shapes: list[str]) -> str:
    """A whole drawing."""
    head = _HEAD.format(
        w=width, h=height, title=escape(title), ink=INK, grey=GREY
    )
    return head + ''.join(f'  {shape}\n' for shape in shapes) + '</svg>\n'


def text(
    x: float,
    y: float,
    words: str,
    colour: str = INK,
    size: int = 14,
    anchor: str = 'middle',
    bold: bool = False,
) -> str:
    """A line of text, its foot at y."""
    weight = ' font-weight="bold"' if bold else ''
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" '
        f'text-anchor="{anchor}"{weight}>{escape(words)}</text>'
    )


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    colour: str = GREY,
    fill: str = '#ffffff',
    dashed: bool = False,
    line: float = 1.2,
) -> str:
    """A rectangle with round corners."""
    dashes = ' stroke-dasharray="6 4"' if dashed else ''
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
        f'rx="6" fill="{fill}" stroke="{colour}" stroke-width="{line:g}"'
        f'{dashes}/>'
    )


def arrow(path: str) -> str:
    """An arrow along a path of SVG."""
    return (
        f'<path d="{path}" fill="none" stroke="{GREY}" stroke-width="1.6" '
        'marker-end="url(#head)"/>'
    )


def person(x: float, y: float, colour: str, size: float = 1.0) -> str:
    """A person of 20 x 50 pixels, the upper left corner at x, y."""
    return (
        f'<g transform="translate({x:g} {y:g}) scale({size:g})" '
        f'fill="{colour}"><circle cx="10" cy="7" r="6"/>'
        '<rect x="2" y="15" width="16" height="20" rx="4"/>'
        '<rect x="4" y="34" width="5" height="16" rx="2"/>'
        '<rect x="11" y="34" width="5" height="16" rx="2"/></g>'
    )
