"""Targets by name."""

from . import converters, descriptions, dumps, readers, stores

#: Functions that make the cases of a target.
TARGETS = dict(
    readers=readers.targets,
    converters=converters.targets,
    dumps=dumps.targets,
    galleries=stores.targets,
    descriptions=descriptions.targets,
)
