"""HTML pages from templates, with style and pictures within the file."""

import base64
import io
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from mmdmr.files import atomic_path
from mmdmr.visualization.palette import (
    MATCHES,
    MISSED,
    QUERY,
    VERDICTS,
    hexadecimal,
)

#: Templates that any page can extend (``base.html``) or import.
TEMPLATES = Path(__file__).with_name('templates')
_QUALITY = 82


def page_environment(*folders: str | Path) -> Environment:
    r"""Make an environment of Jinja that knows the common templates.

    A page extends ``base.html``, which has the blocks ``style``, ``header``
    and ``main``. Values are escaped, and a missing value is an error. A page
    can be encoded, whatever names it shows: surrogates, which stand for bytes
    of a file name that is no Unicode, are spelt out.

    Args:
        folders (str | Path): Further folders of templates, which go first.

    Returns:
        jinja2.Environment: The environment. The filter ``data_uri`` is
        :func:`data_uri`; the global ``frames`` has the colours of frames by
        the kinds of matches and the verdicts on hits.

    Example:
        >>> page = page_environment().from_string('{{ x }} {{ frames.right }}')
        >>> page.render(x='<b>')
        '&lt;b&gt; #149632'
        >>> print(page.render(x='\udcff'))
        \udcff #149632
    """
    environment = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_encodable,
    )
    environment.filters['data_uri'] = data_uri
    frames = dict(query=QUERY, missed=MISSED, **MATCHES, **VERDICTS)
    environment.globals['frames'] = {
        kind: hexadecimal(colour) for kind, colour in frames.items()
    }
    return environment


def _encodable(value: Any) -> Any:
    """Text that UTF-8 can hold; all other characters stay as they are."""
    # Other types are numbers, or markup that is done.
    if type(value) is not str:
        return value
    return value.encode('utf-8', 'backslashreplace').decode('utf-8')


def write_page(
    path: str | Path, environment: Environment, template: str, **values: Any
) -> None:
    """Write a page to a file, part by part.

    Values that are iterators are used up while the page is written, so that
    pictures need not be in memory together. The file appears when it is
    complete.

    Args:
        path (str | Path): HTML file; its folder is made.
        environment (jinja2.Environment): An environment of
            :func:`page_environment`.
        template (str): Name of the template.
        values (Any): What the template names.

    Raises:
        OSError: The file cannot be written.
    """
    with (
        atomic_path(Path(path)) as draft,
        draft.open('w', encoding='utf-8') as file,
    ):
        file.writelines(environment.get_template(template).generate(**values))


def data_uri(picture: Image.Image) -> str:
    """Write a picture as an address that holds the picture itself.

    Args:
        picture (Image.Image): RGB picture.

    Returns:
        str: Data URI of a JPEG file.

    Example:
        >>> data_uri(Image.new('RGB', (4, 4)))[:23]
        'data:image/jpeg;base64,'
    """
    stream = io.BytesIO()
    picture.save(stream, 'JPEG', quality=_QUALITY)
    encoded = base64.b64encode(stream.getvalue()).decode()
    return f'data:image/jpeg;base64,{encoded}'
