"""Connecting to Ray: on this machine, or to the machines of a cluster."""

import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mmdmr.errors import InputError

#: Seconds in which the port of a cluster has to answer.
_TIMEOUT = 10.0
#: Environment variables that keep Ray quiet and at home, unless they are set:
#: no usage statistics, neither log lines of Ray's own processes nor its
#: messages on each worker that died, which the report tells in one note.
_QUIET = {
    'RAY_USAGE_STATS_ENABLED': '0',
    'RAY_BACKEND_LOG_LEVEL': 'fatal',
    'RAY_DEDUP_LOGS_SKIP_REGEX': (
        'will be retried|worker died|Raylet is terminated|marked dead'
    ),
}


@dataclass(frozen=True)
class Cluster:
    """Where files are embedded, and by how many workers.

    Args:
        address (str): ``local`` starts Ray on this machine, ``auto`` joins
            the cluster that this machine is part of, ``HOST:PORT`` the
            cluster of that head node.
        workers (int | None): Number of workers, at least 1. Each holds the
            model. Defaults to None: ``local`` has one for each core that the
            threads leave, a cluster one less than that.

    Raises:
        InputError: The address or the number is wrong.

    Example:
        >>> Cluster('local', workers=2).workers
        2
    """

    address: str
    workers: int | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise InputError(
                f'the number of Ray workers must be at least 1, not '
                f'{self.workers}'
            )
        if '://' in self.address:
            raise InputError(
                f'{self.address}: Ray Data does not run through the Ray '
                'Client; run the command on a machine of the cluster with '
                'the address auto, or send it there with "ray job submit"'
            )
        if self.address not in ('local', 'auto') and not re.fullmatch(
            r'[^\s:]+:\d+', self.address
        ):
            raise InputError(
                f'{self.address}: the address of Ray must be local, auto or '
                'HOST:PORT'
            )


@contextmanager
def connected(cluster: Cluster, threads: int) -> Iterator[int]:
    """Connect to Ray, or start it; it is stopped in the end.

    A program that called ``ray.init`` itself keeps its connection.

    Args:
        cluster (Cluster): The cluster.
        threads (int): Cores that a worker needs.

    Yields:
        int: Number of workers.

    Raises:
        InputError: Ray is not installed, the cluster does not answer, or it
            has too few cores.
    """
    ray = import_ray()
    started = not ray.is_initialized()
    if started:
        _start(ray, cluster, threads)
    try:
        yield _num_workers(ray, cluster, threads)
    finally:
        if started:
            ray.shutdown()


def import_ray() -> Any:
    """Import Ray Data.

    Returns:
        Any: The module ``ray``.

    Raises:
        InputError: It is not installed.
    """
    if 'ray' not in sys.modules:
        for name, value in _QUIET.items():
            os.environ.setdefault(name, value)
    try:
        import ray.data
    except ImportError as error:
        raise InputError(
            f'--ray needs Ray Data ({error.name} is missing). Run: pip '
            "install 'mmdmr[ray]'"
        ) from error
    return ray


def cores() -> int:
    """Cores of this machine that the process may use.

    Returns:
        int: Their number.
    """
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start(ray: Any, cluster: Cluster, threads: int) -> None:
    """Start Ray on this machine, or join a cluster."""
    options: dict[str, Any] = {
        'log_to_driver': False,
        'logging_level': 'ERROR',
    }
    if cluster.address == 'local':
        workers = cluster.workers or max(1, cores() // threads)
        # Ray counts cores, but does not bind to them: the one beyond the
        # workers keeps Ray Data's other stages from starving.
        options |= {
            'num_cpus': workers * threads + 1,
            'include_dashboard': False,
        }
    elif cluster.address != 'auto':
        _check_port(cluster.address)
    try:
        ray.init(address=cluster.address, **options)
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(
            f'Ray at {cluster.address}: {error}; is a cluster running ("ray '
            'start --head"), with the same versions of Ray and Python? A '
            'cluster that asks for a token needs RAY_AUTH_MODE=token'
        ) from error


def _num_workers(ray: Any, cluster: Cluster, threads: int) -> int:
    """Number of workers, which has to fit into the cluster."""
    total = int(ray.cluster_resources().get('CPU', 0))
    workers = cluster.workers or max(1, (total - 1) // threads)
    if workers * threads > total:
        # Ray would wait for more machines, for ever if need be.
        raise InputError(
            f'{workers} workers of {threads} threads need '
            f'{workers * threads} cores, but the cluster has {total}; start '
            'more machines, or choose fewer workers'
        )
    return workers


def _check_port(address: str) -> None:
    """Ask for a connection: Ray itself would wait for minutes."""
    host, _, port = address.rpartition(':')
    try:
        socket.create_connection((host, int(port)), _TIMEOUT).close()
    except (OSError, OverflowError) as error:
        raise InputError(
            f'Ray at {address} does not answer: {error}; start it there with '
            '"ray start --head", and give the address that it prints'
        ) from error
