"""Processes that a test has started, found by Linux's /proc."""

from pathlib import Path


def descendants(pid):
    """Names of the processes below a process, by their ids."""
    parents, names = {}, {}
    for folder in Path('/proc').glob('[0-9]*'):
        try:
            # "id (name) state parent ...": the name may hold parentheses.
            fields = (folder / 'stat').read_text().rpartition(')')[2].split()
            name = (folder / 'cmdline').read_bytes().decode()
        except OSError:  # it has just ended
            continue
        if fields[0] != 'Z':
            parents[int(folder.name)] = int(fields[1])
            names[int(folder.name)] = name
    found = {}
    for child, name in names.items():
        above = parents[child]
        while above in parents and above != pid:
            above = parents[above]
        if above == pid:
            found[child] = name
    return found
