"""Options of a config become keyword arguments of the library."""

from argparse import ArgumentParser
from inspect import signature

import pytest

from mmdmr.cli.config_options import (
    add_config_options,
    add_run_options,
    config_arguments,
    run_arguments,
)
from mmdmr.config import load_config, load_run_config


def parse(*argv):
    parser = ArgumentParser()
    add_config_options(parser)
    add_run_options(parser, '/test')
    return parser.parse_args(argv)


def test_options_have_the_names_of_the_library():
    args = parse('a.py', '--data-root', 'd', '--cfg-options', 'x.y=[1,2]')
    assert config_arguments(args) == dict(
        name='a.py', data_root='d', options={'x.y': [1, 2]}
    )
    assert set(config_arguments(args)) <= set(
        signature(load_config).parameters
    )
    assert set(run_arguments(args)) <= set(
        signature(load_run_config).parameters
    )


@pytest.mark.parametrize('option', ['--local_rank', '--local-rank'])
def test_both_spellings_of_pytorch_launchers(option):
    assert parse('a.py', option, '3').local_rank == 3


def test_an_option_without_value_is_refused(capsys):
    with pytest.raises(SystemExit):
        parse('a.py', '--cfg-options', 'seed')
    assert "'seed' is not key=value" in capsys.readouterr().err
