"""How many cores this process may use."""

import os


def core_count() -> int:
    """Give the number of cores that this process may run on."""
    return len(os.sched_getaffinity(0))
