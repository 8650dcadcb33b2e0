"""Checks for the libraries that pip does not install with mmdmr."""
import pytest

from mmdmr import stack


def test_installed_stack_passes():
    stack.check_stack()


def test_missing_module_gives_the_command(monkeypatch):
    monkeypatch.setattr(stack, 'find_spec',
                        lambda name: None if name == 'mmdet' else object())
    with pytest.raises(stack.StackError, match=r'mmdet >= 3\.3.*mmdmr\[onedl'):
        stack.check_stack()


# 2.10 is newer than 2.4, although not as text; builds carry a suffix.
@pytest.mark.parametrize('version, good', [('2.10.0', True),
                                           ('2.4.1+cpu', True),
                                           ('2.3.9', False)])
def test_versions_compare_as_numbers(monkeypatch, version, good):
    monkeypatch.setattr(stack, '_REQUIRED', {'torch': ('2.4', ('torch', ))})
    monkeypatch.setattr(stack.metadata, 'version', lambda name: version)
    if good:
        stack.check_stack()
    else:
        with pytest.raises(stack.StackError, match='2.3.9 is installed'):
            stack.check_stack()
