"""Mutation testing: small errors are put into the code, tests must see them.

A mutant is one module with one small change, such as ``<`` for ``<=``. A
mutant is killed if a test fails with it. A mutant that survives shows a line
whose outcome no test checks, or a change without effect.

``make mutate`` runs it, see CONTRIBUTING.md.
"""
