"""The nets that can be trained."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pairstream_training.net_layout import NetLayout
from pairstream_training.net_scale import NetScale
from pairstream_training.nn1_names import NN1
from pairstream_training.nn1_net import SIZES as NN1_SIZES
from pairstream_training.nn1_net import build_nn1
from pairstream_training.nn2_names import NN2
from pairstream_training.nn2_net import SIZES as NN2_SIZES
from pairstream_training.nn2_net import build_nn2
from pairstream_training.nn3_names import NN3
from pairstream_training.nn3_net import SIZES as NN3_SIZES
from pairstream_training.nn3_net import build_nn3
from pairstream_training.pair_net import NetCounts, NetWidths, PairNet


@dataclass(frozen=True)
class NetFamily:
    """One net of the published system."""

    layout: NetLayout
    build: Callable[[NetWidths, NetCounts, NetScale], PairNet]
    sizes: Mapping[str, NetWidths]
    net_count: int
    """Number of nets with different seeds. The server averages their probabilities."""
    min_user_rows: int
    """Users with fewer rows share row 0 of the user table."""
    min_key_rows: int = 1
    """The same for the other index maps."""
    counts_engaged_rows: bool = False
    """True if only rows with an engagement count for both minimums."""


FAMILIES: Mapping[str, NetFamily] = {
    "nn1": NetFamily(NN1, build_nn1, NN1_SIZES, net_count=2, min_user_rows=5),
    "nn2": NetFamily(NN2, build_nn2, NN2_SIZES, net_count=1, min_user_rows=8, min_key_rows=10),
    "nn3": NetFamily(NN3, build_nn3, NN3_SIZES, net_count=1, min_user_rows=3, counts_engaged_rows=True),
}
"""By name. The minimum row counts of nn2 and nn3 are the published ones."""
