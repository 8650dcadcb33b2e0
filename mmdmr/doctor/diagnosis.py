"""All checks, in the order of the report."""

from .combinations import find_combinations
from .extras import check_extras, check_tools
from .facts import Facts
from .finding import Finding, Level
from .limits import check_machine
from .operators import check_gpus, check_operators
from .versions import check_needed, check_python, check_stack

_CHECKS = (
    *(check_python, check_machine, check_needed, check_stack),
    *(check_gpus, check_operators, find_combinations),
    *(check_extras, check_tools),
)
#: Levels in the order of the report.
_ORDER: tuple[Level, ...] = ('ok', 'warning', 'problem')


def diagnose(facts: Facts) -> list[Finding]:
    """Judge an environment.

    Args:
        facts (Facts): The environment.

    Returns:
        list[Finding]: Findings, each once; problems last, where a terminal
        shows them.

    Example:
        >>> diagnose(Facts(python=(3, 14, 0)))[-1].level
        'problem'
    """
    found = [finding for check in _CHECKS for finding in check(facts)]
    once = dict.fromkeys(found)
    return sorted(once, key=lambda finding: _ORDER.index(finding.level))
