"""The course: its parts, its lessons, written or not, and three ways through."""

from collections.abc import Sequence
from dataclasses import dataclass

from lessons.runner.cells import Lesson
from lessons.runner.formulas import plain


@dataclass(frozen=True)
class Planned:
    """A lesson of the course: where it stands, its short name, its title, what one builds and sees.

    >>> COURSE[7].number, COURSE[7].short
    (7, 'vae')
    """

    number: int
    short: str
    title: str
    about: str
    optional: bool = False


@dataclass(frozen=True)
class Entry:
    """A place in the course, and the lesson that fills it, if it is written.

    >>> Entry(COURSE[7]).title
    'The variational autoencoder'
    """

    planned: Planned
    lesson: Lesson | None = None

    @property
    def number(self) -> int:
        """Its number."""
        return self.planned.number

    @property
    def short(self) -> str:
        """The name by which it is opened."""
        return self.lesson.short if self.lesson else self.planned.short

    @property
    def title(self) -> str:
        """The title that its file gives, if it is written, for a terminal."""
        return plain(self.lesson.title() if self.lesson else self.planned.title)


COURSE = (
    Planned(0, "first_pictures", "First pictures",
            "a VAE and a GAN of real handwriting, watched as they learn; the map of the course"),
    Planned(1, "derivatives", "Derivatives",
            "backpropagation on a graph of numbers, a 40-line engine, and where it hurts"),
    Planned(2, "tensors", "Tensors",
            "from numbers to arrays: broadcasting, a grad of 15 lines that trains a net"),
    Planned(3, "proving_gradients", "Proving gradients",
            "finite differences, the complex step; a planted bug is found and shrunk", True),
    Planned(4, "layers", "Layers",
            "gradients that vanish through ten layers, and return by initialisation"),
    Planned(5, "learning", "Learning",
            "SGD, momentum, Adam by hand; overfitting; a classifier of real digits"),
    Planned(6, "autoencoder", "The autoencoder",
            "compress and rebuild; a map of codes; why sampling it fails"),
    Planned(7, "vae", "The variational autoencoder",
            "probability by counting, the ELBO one step a line, the loop by hand"),
    Planned(8, "measuring_a_vae", "Measuring a VAE",
            "importance weights, the likelihood, active units, posterior collapse"),
    Planned(9, "latent_space", "The latent space",
            "interpolation, traversal, editing; which unit means what"),
    Planned(10, "conditional", "Conditional models",
            "content and style apart, style transfer; new training data, and its gain"),
    Planned(11, "gan_in_two_dimensions", "A GAN in two dimensions",
            "generator and discriminator as a game that one can watch"),
    Planned(12, "gan", "The generative adversarial network",
            "the game on images: a picture after each, and a measure when it is wanted"),
    Planned(13, "when_gans_fail", "When GANs fail",
            "symptoms and causes; mode collapse, oscillation, vanishing gradients; cures"),
    Planned(14, "measuring_a_gan", "Measuring a GAN",
            "fool this measure; precision, recall, density, coverage; memorising"),
    Planned(15, "gan_or_vae", "GAN or VAE?",
            "questions answered by measurement: the same data, nets and time"),
    Planned(16, "where_the_time_goes", "Where the time goes",
            "overhead, memory and arithmetic; two devices; many processes"),
    Planned(17, "onward", "Onward",
            "the same VAE in PyTorch and Keras; convolutions, diffusion, flows"),
)  # fmt: skip

# The number of each part's first lesson, and its title.
PARTS = {
    0: "First",
    1: "I  An engine you can trust",
    6: "II  Variational autoencoders",
    11: "III  Generative adversarial networks",
    16: "IV  Beyond",
}

WAYS = {
    "generators first": (0, 1, 2, 4, 5, 6, 7, 11, 12),
    "everything": tuple(range(18)),
    "for the property tester": (1, 2, 3),
}


@dataclass(frozen=True)
class Explorer:
    """An explorer of the book: its name, its lesson, its title, and what to try first.

    needs: the scripts that it shares with others.

    >>> EXPLORERS[0].anchor
    'explorer-plane'
    """

    name: str
    lesson: int
    title: str
    first: str
    needs: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """What the book links to it by."""
        return f"explorer-{self.name}"


EXPLORERS = (
    Explorer("plane", 11, "The game on a plane",
             "Press Play, and watch the red fakes look for the grey points.",
             ("looks", "kit", "pen", "nets", "game", "presets", "paint")),
    Explorer("latent", 7, "The latent plane",
             "Drag the point across the map, and watch the image change.",
             ("looks", "kit", "pen", "nets", "carried")),
    Explorer("elbo", 7, "The bound on a toy",
             "Move the mean of q onto that of the posterior. What becomes of the gap?",
             ("looks", "kit", "bells")),
    Explorer("backpropagation", 1, "Backpropagation, node by node",
             "Press Step until all values are there, and go on: the gradients come back.",
             ("looks", "kit")),
    Explorer("dirac", 13, "The smallest GAN",
             "Press Play, then add a little R1. What becomes of the orbit?",
             ("looks", "kit", "pen")),
    Explorer("sliders", 9, "Eight numbers of an image",
             "Move one slider at a time. Which of them changes the slant?",
             ("looks", "kit", "nets", "carried")),
    Explorer("best", 11, "The best discriminator",
             "Drag the fakes onto the real points. How hard do the two losses still pull?",
             ("looks", "kit", "bells")),
    Explorer("valley", 5, "The valley",
             "Click a point on the map, and see which of the three gets down first.",
             ("looks", "kit", "pen")),
)  # fmt: skip

# What a lesson was called before: whoever did something there finds it here.
FORMERLY: dict[str, tuple[str, ...]] = {
    "lesson04_layers": ("lesson04_layers_and_adam",),
    "lesson05_learning": ("lesson04_layers_and_adam",),
    "lesson16_where_the_time_goes": ("lesson05_two_devices",),
}


@dataclass(frozen=True)
class Course:
    """The lessons that there are, and those that are planned.

    >>> Course([]).entries()[7].title
    'The variational autoencoder'
    """

    lessons: Sequence[Lesson]
    planned: Sequence[Planned] = COURSE

    def entries(self) -> list[Entry]:
        """All places, in order; a lesson that is not planned has a place of its own."""
        written = {lesson.number: lesson for lesson in self.lessons}
        known = [Entry(planned, written.pop(planned.number, None)) for planned in self.planned]
        others = [Entry(_unplanned(lesson), lesson) for lesson in written.values()]
        return sorted(known + others, key=lambda entry: entry.number)

    def after(self, number: int) -> Lesson | None:
        """The first lesson that is written behind this number."""
        return next((lesson for lesson in self.lessons if lesson.number > number), None)


def _unplanned(lesson: Lesson) -> Planned:
    return Planned(lesson.number, lesson.short, lesson.title(), lesson.header().description)
