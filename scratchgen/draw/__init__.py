"""Arrays in, figures out: images, curves, matrices, planes, graphs, networks, animations.

Every figure is a `matplotlib.figure.Figure` in the style of a paper, and leaves no global state
behind; `animation` puts figures, or arrays such as `mosaic` makes, one after the other; `save`
writes either. `title` names the figure, `caption` says what to notice. Colours differ in lightness,
or lines in dashes, so that a figure still reads in grey and to colour-blind eyes. Arrays of either
device, lists too; what is empty, misshapen or not finite raises a ValueError that says where.
"""

from .animations import Animation, animation
from .graphs import graph
from .images import image_grid, image_rows, interpolations, mosaic
from .lines import bars, curves
from .matrices import matrix
from .networks import network
from .planes import latent_map, points
from .saving import save
from .surfaces import surface

__all__ = [
    "Animation",
    "animation",
    "bars",
    "curves",
    "graph",
    "image_grid",
    "image_rows",
    "interpolations",
    "latent_map",
    "matrix",
    "mosaic",
    "network",
    "points",
    "save",
    "surface",
]
