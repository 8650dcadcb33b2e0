"""Running tests in a forked process, on changed code or watched."""

import importlib.util
import os
import sys
from importlib.machinery import SourceFileLoader

import pytest


class Finder:
    """Finds one module, with a source that is not the file's.

    Args:
        name (str): Name of the module.
        path (Path): Its file.
        source (str): Its code.
    """

    def __init__(self, name, path, source):
        self.name, self.path = name, str(path)
        self.loader = Loader(name, self.path, source)

    def find_spec(self, name, path=None, target=None):
        """Spec of the module; None for all others."""
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(
            name, self.path, loader=self.loader
        )


class Loader(SourceFileLoader):
    """Loads a module from a given source."""

    def __init__(self, name, path, source):
        super().__init__(name, path)
        self.source = source

    def get_source(self, name):
        """Code of the module."""
        return self.source

    def get_code(self, name):
        """Compiled code, never from a cache."""
        return compile(self.source, self.path, 'exec', dont_inherit=True)


class Verdict:
    """Plugin of pytest: the first failure."""

    def __init__(self):
        self.failed, self.why, self.passed = None, '', 0

    def pytest_runtest_logreport(self, report):
        self.passed += report.when == 'call' and report.passed
        self._take(report)

    def pytest_collectreport(self, report):
        self._take(report)

    def _take(self, report):
        if report.failed and self.failed is None:
            self.failed = report.nodeid
            lines = [
                line
                for line in report.longreprtext.splitlines()
                if line[:2] == 'E '
            ]
            self.why = ' '.join((lines or [''])[0][2:].split())[:200]


class Watch:
    """Plugin of pytest: duration, lines and outcome of each test."""

    def __init__(self, coverage):
        self.coverage = coverage
        self.durations, self.failed = {}, []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self.coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.coverage.switch_context('')

    def pytest_runtest_logreport(self, report):
        self.durations.setdefault(report.nodeid, 0.0)
        self.durations[report.nodeid] += report.duration
        if report.failed or report.skipped:
            self.failed.append(report.nodeid)


def run_pytest(root, folder, tests, plugin, *options):
    """Run tests in this process; returns the exit code."""
    os.chdir(root)
    return int(
        pytest.main(
            [
                *tests,
                *('-q', '-p', 'no:cacheprovider', '--rootdir', str(root)),
                *('--basetemp', str(folder / 'tests'), *options),
            ],
            plugins=[plugin],
        )
    )


def run_mutated(root, folder, tests, finder):
    """Run tests until one fails, on a mutated module."""
    sys.meta_path.insert(0, finder)
    verdict = Verdict()
    code = run_pytest(root, folder, tests, verdict, '-x')
    return dict(
        code=code,
        failed=verdict.failed,
        why=verdict.why,
        passed=verdict.passed,
        loaded=finder.name in sys.modules,
    )


def run_watched(root, folder, tests, files):
    """Run all tests and note which lines each one executes."""
    from coverage import Coverage

    coverage = Coverage(
        data_file=None,
        config_file=False,
        include=[str(root / file) for file in files],
    )
    # The only core that tells the tests apart on all versions of Python.
    coverage.set_option('run:core', 'ctrace')
    watch = Watch(coverage)
    coverage.start()
    try:
        code = run_pytest(root, folder, tests, watch)
    finally:
        coverage.stop()
    data, lines = coverage.get_data(), {}
    for file in files:
        by_line = data.contexts_by_lineno(str(root / file))
        for number, names in by_line.items():
            for name in filter(None, names):
                lines.setdefault(name, {}).setdefault(file, []).append(number)
    return dict(
        code=code,
        failed=sorted(set(watch.failed)),
        durations=watch.durations,
        lines=lines,
    )
