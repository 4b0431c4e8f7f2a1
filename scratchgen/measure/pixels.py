"""What the pixels of single images say: how much ink, where, how it leans, how sharp it is."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy

from ..backend import Array, array_module, to_numpy
from ..data import check_images
from .given import check_whole


class Moments(NamedTuple):
    """What `moments` returns, each (N,), a number for every image."""

    ink: Array
    x: Array
    y: Array
    width: Array
    height: Array
    slant: Array


def moments(images: Array, shape: tuple[int, ...]) -> Moments:
    """How much ink each image has, where it lies, how far it spreads, and how it leans.

    With x to the right and y upwards from the middle of the image, in pixels; means weighted by
    the pixels, each a small square of even ink; u and v the distances from the means of x and y:

    ink = the sum of the pixels;  x, y = mean x, mean y: the centre of the ink
    width = sqrt(12 mean u^2), height = sqrt(12 mean v^2): the sides of the full rectangle that has
        such a spread; of a filled rectangle, its own sides, of others somewhat more or less
    slant = mean(u v) / mean v^2: the tangent of the angle by which it leans to the right

    If each row is shifted to the right by s times its y, then slant grows by s, and height stays.
    A rotation changes slant as well: these numbers cannot tell the one from the other.
    images: (N, D) in [0, 1], ink bright; shape: (height, width) of an image, D pixels.
    Computed in float64. Raises ValueError or TypeError for what is no image, and for a blank one.
    Source: Hu 1962; as a slant of characters: LeCun et al. 1998 (deskewing).

    >>> leaning = numpy.array([[0.0, 0, 1, 0, 1, 0, 1, 0, 0]])  # a diagonal, in 3 x 3 pixels
    >>> found = moments(leaning, shape=(3, 3))
    >>> [float(m[0].round(2)) for m in found]
    [3.0, 0.0, 0.0, 3.0, 3.0, 0.89]
    """
    x = _checked("moments", images, shape)
    xp = array_module(x)
    raw = x @ xp.asarray(_powers(*shape))  # (N, D) @ (D, 6) -> (N, 6)
    ink = raw[:, 0]
    if not bool((ink > 0).all()):
        which = int(xp.argmin(ink))
        fix = "Leave such images out: x[x.any(axis=1)]."
        raise ValueError(f"moments: image {which} is blank: no ink, no place. {fix}")
    mean_x, mean_y, xx, xy, yy = (raw[:, i] / ink for i in range(1, 6))
    uu = xx - mean_x * mean_x + 1 / 12  # a pixel is 1 wide: within it, x has the variance 1/12
    vv = yy - mean_y * mean_y + 1 / 12
    uv = xy - mean_x * mean_y
    return Moments(ink, mean_x, mean_y, (12 * uu) ** 0.5, (12 * vv) ** 0.5, uv / vv)


def _powers(height: int, width: int) -> numpy.ndarray:
    """1, x, y, x^2, xy, y^2 of every pixel's middle: (D, 6)."""
    row, column = numpy.indices((height, width)).reshape(2, -1)
    x, y = column - (width - 1) / 2, (height - 1) / 2 - row
    return numpy.stack([numpy.ones(len(x)), x, y, x * x, x * y, y * y], axis=1)


def sharpness(images: Array, shape: tuple[int, ...]) -> Array:
    """How steep the edges of each image are: (N, D) -> (N,), from 0 for an even grey to sqrt(2).

    sqrt(mean (right neighbour - pixel)^2 + mean (lower neighbour - pixel)^2)

    Squares, since the plain differences across an edge add up to its height, however soft it is:
    of MNIST's digits, a blur of .6 pixels takes 30 % off this, and 14 % off the mean difference.
    Noise and specks raise it as edges do, and so do ink and contrast. So the sharpness of real
    images of the same kind is the goal, not the greatest: `estimate(sharpness(x, shape))` of both.
    images: (N, D) in [0, 1]; shape: (height, width) of an image, D pixels, each from 2.
    Computed in float64. Raises ValueError or TypeError for what is no image.
    Source: our own choice; its square is the Dirichlet energy of the image, a pixel.

    >>> edge, ramp = [0.0, 0.0, 1.0, 1.0] * 2, [0.0, 0.5, 0.5, 1.0] * 2
    >>> sharpness(numpy.array([edge, ramp, [0.5] * 8]), shape=(2, 4)).round(3)
    array([0.577, 0.408, 0.   ])
    """
    x = _checked("sharpness", images, shape)
    if min(shape) < 2:
        raise ValueError(f"sharpness: expected a shape of at least (2, 2), got {shape}.")
    x = x.reshape(-1, *shape)
    across, down = x[:, :, 1:] - x[:, :, :-1], x[:, 1:] - x[:, :-1]
    return ((across**2).mean(axis=(1, 2)) + (down**2).mean(axis=(1, 2))) ** 0.5


def _checked(who: str, images: Any, shape: Any) -> Array:
    """The images in float64, where they live, if they are images of that shape."""
    if not isinstance(shape, (tuple, list)) or len(shape) != 2:
        fix = "A Dataset has it: dataset.image_shape."
        raise ValueError(f"{who}: expected a shape (height, width), got {shape!r}. {fix}")
    for name, n in zip(("height", "width"), shape, strict=True):
        check_whole(who, name, n)
    found = check_images(to_numpy(images), name=f"{who}: images")
    if found.shape[1] != shape[0] * shape[1]:
        expected = f"{shape[0]} x {shape[1]} = {shape[0] * shape[1]} pixels an image"
        raise ValueError(f"{who}: expected {expected}, got {found.shape[1]}. Check the shape.")
    return array_module(images).asarray(images, dtype=numpy.float64)
