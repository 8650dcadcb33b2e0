"""What a process of a run on several ranks says when the run breaks."""

import os
import socket
import time

#: Words of PyTorch and its backends for a rank that has ended.
_ENDED = (
    'Connection closed by peer',  # Gloo
    'Connection reset by peer',
    'Broken pipe',
    'remote process exited',  # NCCL
    'ncclRemoteError',
    'Connection was likely closed',  # the store of rank 0
)
#: The same for a rank that is silent.
_SILENT = ('Timed out waiting', 'Application timeout caused pair closure')
#: Characters of the error that a message shows.
_SHOWN = 200
#: Variable by which torchrun names the file for the error of a process.
_ERROR_FILE = 'TORCHELASTIC_ERROR_FILE'
#: Launchers look for processes that have ended ten times a second.
_SECONDS_TO_WAIT = 1.0


def this_rank() -> str:
    """Name this process among those of its run.

    Returns:
        str: Such as ``'rank 1 of 2 on node7: '``; empty in a run of a single
        process.

    Example:
        >>> this_rank()
        ''
    """
    if not _is_one_of_several():
        return ''
    rank, number = os.environ.get('RANK', '?'), os.environ['WORLD_SIZE']
    return f'rank {rank} of {number} on {socket.gethostname()}: '


def lost_rank_message(error: Exception) -> str | None:
    """Explain an error that means: another rank has ended, or is silent.

    PyTorch has no class for this error: the text decides.

    Args:
        error (Exception): Error of a tool.

    Returns:
        str | None: What has happened, and what to do. None for any other
        error, and in a run of a single process.

    Example:
        >>> error = RuntimeError('Connection closed by peer [10.0.0.2]:2951')
        >>> print(lost_rank_message(error))  # a single process
        None
    """
    text = ' '.join(str(error).split())
    if not _is_one_of_several() or not isinstance(error, RuntimeError):
        return None
    if any(words in text for words in _ENDED):
        found = (
            'another process of this run has ended, so this one stops, too. '
            'Its message stands above, or torchrun names it below as "Root '
            'Cause". Exit code -9 means that it was killed, mostly for want '
            'of memory'
        )
    elif any(words in text for words in _SILENT):
        found = (
            'another process of this run did not answer in time, so this one '
            'stops, too. Where torchrun says "Unable to shutdown process", '
            'that process hung. If it was only slow, raise '
            'env_cfg.dist_cfg.timeout (seconds) in the config'
        )
    else:
        return None
    return f'{found}. Continue with --resume. ({text[:_SHOWN]})'


def wait_for_launcher() -> None:
    """Let the launcher see first the process that ended first.

    Otherwise torchrun may find both at once, and name the wrong one.
    """
    time.sleep(_SECONDS_TO_WAIT)


def tell_launcher(error: Exception) -> None:
    """Write the traceback of an error for the table of torchrun.

    Args:
        error (Exception): Error that ends this process.
    """
    if _ERROR_FILE in os.environ:
        from torch.distributed.elastic.multiprocessing.errors import (
            get_error_handler,
        )

        get_error_handler().record_exception(error)


def _is_one_of_several() -> bool:
    # torchrun sets the variables; MMEngine sets them for other launchers.
    return int(os.environ.get('WORLD_SIZE') or 1) > 1
