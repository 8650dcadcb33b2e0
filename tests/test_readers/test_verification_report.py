"""The report of a verification."""

from mmdmr.readers.verification_report import Report, some_of


def test_reports_share_nothing():
    report = Report()
    report.errors.append('broken')
    assert Report() == Report(counts={}, errors=[], notes=[])


def test_the_first_items_are_named():
    assert some_of('abc') == '3 (a, b, c)'
    assert some_of(iter('abcde')) == '5 (a, b, c and 2 more)'
