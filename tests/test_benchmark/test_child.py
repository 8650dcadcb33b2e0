"""Measurements in processes of their own."""

import sys

import pytest

from mmdmr.benchmark.child import measure_in_child
from mmdmr.errors import InputError


def test_the_last_line_is_the_answer(tmp_path, monkeypatch):
    (tmp_path / 'noisy.py').write_text(
        'def tell(*args):\n    print("a library prints")\n'
        '    import json, os\n    print(json.dumps([args, os.getpid()]))\n'
    )
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    (args, _), (_, other) = (
        measure_in_child('noisy.tell', '1', 'a b', what='tells')
        for _ in range(2)
    )
    assert args == ['1', 'a b']
    assert 'noisy' not in sys.modules and isinstance(other, int)


def test_a_process_that_fails(capfd):
    with pytest.raises(InputError, match='that tells ended with code 1; its'):
        measure_in_child('builtins.nothing', what='tells')
    assert 'nothing' in capfd.readouterr().err
