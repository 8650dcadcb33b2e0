"""One module a tool, with two functions.

``add_arguments(parser)`` sets the parser's description and adds the arguments.
``run(args)`` does the work with the parsed arguments and returns the exit
code. It raises :class:`~mmdmr.errors.InputError` for what the user has to
mend. :mod:`mmdmr.cli.main` builds the parser, checks what is installed, and
prints such errors. The table of the tools is :mod:`mmdmr.cli.tools`.
"""
