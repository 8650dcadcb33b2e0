"""Pages escape what they show, miss nothing and need no other file."""

import re

import pytest
from jinja2 import UndefinedError

from mmdmr.visualization.pages import TEMPLATES, page_environment, write_page


def test_values_are_escaped_and_a_missing_one_is_an_error(tmp_path):
    (tmp_path / 'mine.html').write_text(
        "{% extends 'base.html' %}{% block main %}{{ text }}{% endblock %}"
    )
    path = tmp_path / 'new/page.html'
    write_page(
        path, page_environment(tmp_path), 'mine.html', title='&', text='<'
    )
    page = path.read_text('utf-8')
    assert '<title>&amp;</title>' in page
    assert '<main>\n&lt;</main>' in page
    with pytest.raises(UndefinedError, match="'text' is undefined"):
        write_page(path, page_environment(tmp_path), 'mine.html', title='')
    assert path.read_text('utf-8') == page
    assert list(path.parent.iterdir()) == [path]


def test_a_name_that_is_no_unicode_is_spelt_out(tmp_path):
    (tmp_path / 'mine.html').write_text('{{ name }} {{ number }}')
    path = tmp_path / 'page.html'
    name = 'Zo\xeb\xa0\udcff'
    environment = page_environment(tmp_path)
    write_page(path, environment, 'mine.html', name=name, number=0.5)
    assert path.read_text('utf-8') == 'Zo\xeb\xa0\\udcff 0.5'


def test_a_page_is_written_part_by_part(tmp_path):
    """The third line is not made before the first one is handed over."""
    written, made = [], []

    def lines():
        for number in range(3):
            made.append(number)
            yield f'line {number}'

    (tmp_path / 'mine.html').write_text(
        "{% extends 'base.html' %}{% block main %}"
        '{% for line in lines %}{{ line }}{% endfor %}{% endblock %}'
    )
    template = page_environment(tmp_path).get_template('mine.html')
    for part in template.generate(title='', lines=lines()):
        if part.startswith('line'):
            written.append((part, len(made)))
    assert written == [('line 0', 1), ('line 1', 2), ('line 2', 3)]


@pytest.mark.parametrize(
    'path', sorted(TEMPLATES.iterdir()), ids=lambda path: path.name
)
def test_templates_name_no_address(path):
    """A page opens without a network."""
    text = path.read_text('utf-8')
    assert not re.findall(r'https?://|@import|url\(|src="/|href="/', text)
