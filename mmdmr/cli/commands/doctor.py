"""``mmdmr doctor``: what is wrong with this environment, and the cure."""

import sys
from argparse import ArgumentParser, Namespace

from mmdmr.doctor.diagnosis import diagnose
from mmdmr.doctor.gathering import gather
from mmdmr.doctor.report import as_json, as_text, summary
from mmdmr.doctor.self_test import run_self_test


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the tool."""
    parser.description = (
        'Examine this environment: versions, GPUs, compiled operators, '
        'limits of the machine, and combinations that are known not to work. '
        'Then train and predict for some seconds. Every problem comes with '
        'its cure. Exit code 0: no problem; 1: a problem was found.'
    )
    parser.add_argument('--json', action='store_true', help='print JSON')
    parser.add_argument(
        '--no-self-test',
        action='store_true',
        help='leave out the training',
    )


def run(args: Namespace) -> int:
    """Examine the environment.

    Returns:
        int: 1 if a problem was found, else 0.
    """
    _tell('Looking at the libraries, about ten seconds ...')
    facts = gather()
    findings = diagnose(facts)
    if not args.json:
        for finding in findings:
            print(as_text(finding), flush=True)
    if not args.no_self_test:
        _tell('Training a tiny network, about fifteen seconds ...')
        tested = run_self_test(facts)
        findings += tested
        if not args.json:
            for finding in tested:
                print(as_text(finding))
    print(as_json(facts, findings) if args.json else summary(findings))
    return int(any(finding.level == 'problem' for finding in findings))


def _tell(text: str) -> None:
    """Tell a person at a terminal what takes its time."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)
