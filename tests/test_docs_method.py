"""docs/method.md shows the plain training step as the tests run it.

``python tests/test_docs_method.py`` copies the script into the page.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / 'docs/method.md'
SCRIPT = ROOT / 'tests/helpers/plain_dmrnet.py'
MARKERS = re.compile(
    r'(<!-- begin (\S+) -->\n)(.*?)(<!-- end \2 -->)', re.DOTALL
)


def with_script(page, script):
    """The page with a copy of the script between its two markers."""
    block = f'```python\n{script}```\n'
    shown, copies = MARKERS.subn(lambda m: m[1] + block + m[4], page)
    assert copies == 1, f'{PAGE} has lost its markers'
    return shown


def test_the_page_shows_the_script_as_it_is():
    page = PAGE.read_text(encoding='utf-8')
    script = SCRIPT.read_text(encoding='utf-8')
    assert page == with_script(page, script), (
        'docs/method.md shows an old version of tests/helpers/plain_dmrnet.py;'
        ' copy it by: python tests/test_docs_method.py'
    )


def test_an_old_copy_is_found():
    page = 'a\n<!-- begin x -->\n```python\nold\n```\n<!-- end x -->\nb'
    assert with_script(page, 'new\n') == page.replace('old', 'new')


if __name__ == '__main__':
    shown = with_script(
        PAGE.read_text(encoding='utf-8'), SCRIPT.read_text(encoding='utf-8')
    )
    PAGE.write_text(shown, encoding='utf-8')
