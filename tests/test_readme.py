"""The README's Python snippets run."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / 'README.md'
SNIPPETS = re.findall(r'```python\n(.*?)```', README.read_text(), re.DOTALL)


@pytest.mark.parametrize('code', [s for s in SNIPPETS if 'import' in s])
def test_snippet_runs(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, 'README.md', 'exec'), {'__name__': 'readme'})
