"""The report of what an indexing did."""

from dataclasses import dataclass, field


@dataclass
class IndexReport:
    """What an indexing did.

    Attributes:
        source (str): Name of the source in the gallery.
        num_new (int): Files that were indexed for the first time.
        num_changed (int): Files that had changed and were indexed anew.
        num_unchanged (int): Files that were in the gallery already.
        num_gone (int): Files of the gallery that the source no longer holds.
        num_frames (int): Photographs and frames that were searched for
            persons.
        num_persons (int): Persons that were added.
        bad (dict[str, str]): Files that could not be read, or not to their
            end, with the reasons.
        notes (list[str]): What was left out of the source, such as files that
            are neither images nor videos.
    """

    source: str
    num_new: int = 0
    num_changed: int = 0
    num_unchanged: int = 0
    num_gone: int = 0
    num_frames: int = 0
    num_persons: int = 0
    bad: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
