"""Running a tool in this process."""

from mmdmr.cli.main import main


def tool(name):
    """Return a function of the tool's arguments, as ``mmdmr NAME`` runs."""

    def run(argv):
        return main([name, *argv])

    return run
