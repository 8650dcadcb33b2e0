"""Results on disk, survivors that were looked at, and the table."""

import json

from .judging import Result
from .plan import read_toml

COLUMNS = (
    'mutants',
    'killed',
    'timeout',
    'survived',
    'looked at',
    'uncovered',
)


def read_results(path):
    """Results of a file by key; the last one counts."""
    if not path.exists():
        return {}
    entries = map(json.loads, path.read_text().splitlines())
    return {entry['key']: Result(**entry) for entry in entries}


def add_result(path, result):
    """Write one more result."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('a') as file:
        file.write(json.dumps(result.as_dict()) + '\n')


def read_looked_at(path):
    """Reasons why mutants survive, by their content."""
    if not path.exists():
        return {}
    return {
        (
            entry['file'],
            entry['function'],
            entry['before'],
            entry['after'],
            entry.get('nth', 0),
        ): entry['reason']
        for entry in read_toml(path).get('survivor', [])
    }


def reason_of(result, looked_at):
    """Reason why a mutant survives; None if nobody looked at it."""
    content = (result.path, result.function, result.before, result.after)
    return looked_at.get((*content, result.nth))


def table(results, looked_at):
    """Lines of a table, one row for each target."""
    rows = {}
    for result in results:
        for name in (result.target, 'all'):
            row = rows.setdefault(name, dict.fromkeys(COLUMNS, 0))
            row['mutants'] += 1
            if result.status == 'survived' and reason_of(result, looked_at):
                row['looked at'] += 1
            else:
                row[result.status] += 1
    rows = {
        **{n: r for n, r in rows.items() if n != 'all'},
        'all': rows.get('all', {}),
    }
    lines = [f'| {"target":10} | {" | ".join(COLUMNS)} | killed % |']
    lines.append('| --- ' * (len(COLUMNS) + 2) + '|')
    for name, row in rows.items():
        if row:
            numbers = ' | '.join(f'{row[c]:>{len(c)}}' for c in COLUMNS)
            lines.append(
                f'| {name:10} | {numbers} | {100 * share(row):8.1f} |'
            )
    return lines, share(rows['all']) if rows['all'] else 1.0


def share(row):
    """Share of the mutants that were killed."""
    return (row['killed'] + row['timeout']) / row['mutants']


def survivors(results, looked_at):
    """Lines about the mutants that no test saw."""
    lines = []
    for result in results:
        if result.status not in ('survived', 'uncovered'):
            continue
        reason = reason_of(result, looked_at)
        lines += [
            '',
            f'{result.status}: {result.name} ({result.function or "module"}, '
            f'{result.tests} tests)',
            f'- {result.before}',
            f'+ {result.after}',
        ]
        if reason:
            lines.append(f'  looked at: {reason}')
    return lines
