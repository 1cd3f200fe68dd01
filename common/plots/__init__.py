"""One style, one function for each kind of picture, each drawing into an Axes that it returns."""

from common.plots.bipartite import bipartite_network
from common.plots.comparison import Comparison, recorded_against_computed
from common.plots.distribution import distribution_with_interval
from common.plots.explorer import Explorer, Slider, explorer
from common.plots.labels import EndLabel, end_labels, legend_above, panel_title
from common.plots.lines import lines_with_band
from common.plots.network_state import NetworkState
from common.plots.phase import phase_diagram
from common.plots.scatter import scatter_with_bound
from common.plots.show import png_bytes, show
from common.plots.spatial import spatial_network
from common.plots.spatial_state import Agents, Arrows, SpatialState
from common.plots.style import COLOURS, PALETTE, label_axes, panels, use_style

__all__ = [
    "COLOURS",
    "PALETTE",
    "Agents",
    "Arrows",
    "Comparison",
    "EndLabel",
    "Explorer",
    "NetworkState",
    "Slider",
    "SpatialState",
    "bipartite_network",
    "distribution_with_interval",
    "end_labels",
    "explorer",
    "label_axes",
    "legend_above",
    "lines_with_band",
    "panel_title",
    "panels",
    "phase_diagram",
    "png_bytes",
    "recorded_against_computed",
    "scatter_with_bound",
    "show",
    "spatial_network",
    "use_style",
]
