"""Commands: one module for each tool, with two functions.

``add_arguments(parser)`` sets the parser's description and adds the arguments.
``run(args)`` does the work with the parsed arguments and returns the exit
code. An :class:`~mmdmr.errors.InputError` says what the user has to mend.
:mod:`mmdmr.cli.main` builds the parser, checks the installed libraries, and
prints these errors. The table of the tools is :mod:`mmdmr.cli.tools`.
"""
