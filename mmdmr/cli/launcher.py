"""torchrun, with a readable end: ``python -m mmdmr.cli.launcher ...``.

The scripts ``tools/dist_*.sh`` start it with torchrun's arguments.
"""

import sys
from socket import gethostname

from torch.distributed import run
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

#: What an exit code of a process stands for.
_MEANINGS = {
    -9: 'it was killed, mostly for want of memory',
    1: 'its traceback stands above',
    2: 'its message stands above',
}


def main() -> int:
    """Start processes as torchrun does, with the arguments of this process.

    If one fails, torchrun ends the others and raises an error. Its table of
    processes is printed, and then what to do, in place of its traceback.

    Returns:
        int: Exit code: 0, or 1 if a process has failed.
    """
    try:
        run.main()
    except ChildFailedError as error:
        print(f'{error}\n{explain(error)}', file=sys.stderr)
        return 1
    return 0


def explain(error: ChildFailedError) -> str:
    """Say which process failed first, and what to do.

    Args:
        error (ChildFailedError): Error of torchrun.

    Returns:
        str: One line.

    Example:
        >>> from torch.distributed.elastic.multiprocessing.errors import (
        ...     ProcessFailure,
        ... )
        >>> failure = ProcessFailure(1, pid=77, exitcode=-9, error_file='')
        >>> text = explain(ChildFailedError('train.py', {5: failure}))
        >>> print(text[:24], '...', text[text.index('failed') :][:38])
        error: rank 5 (process 7 ... failed first, with exit code -9: it wa
    """
    rank, failure = error.get_first_failure()
    code = failure.exitcode
    meaning = _MEANINGS.get(code, 'see its lines above')
    return (
        f'error: rank {rank} (process {failure.pid} on {gethostname()}) '
        f'failed first, with exit code {code}: {meaning}. All processes of '
        'this machine have ended. Mend that, and run the same command again, '
        'a training with --resume.'
    )


if __name__ == '__main__':
    raise SystemExit(main())
