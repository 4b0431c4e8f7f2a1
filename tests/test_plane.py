"""The live GAN's nets against the library, step by step, and its games over five seeds, in node."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from scratchgen import MLP, Adam, backend, gan, leaky_relu, relu, to_numpy
from scratchgen.draw import page

SCRIPTS = Path(__file__).parent.parent / "lessons" / "book" / "explorers"
NODE = shutil.which("node")
SAME = 1e-9
N, STEPS = 16, 20

# Both files as one script, as a page has them, then what is asked of them.
PROGRAM = """
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const game = new Game(DATA.ring, asked.settings, 1);
const fill = (net, arrays) => net.parameters().forEach((w, i) => w.set(arrays[i]));
fill(game.G, asked.G);
fill(game.D, asked.D);
game.mean.copyFrom(game.G);
const losses = [];
for (const { real, first, second } of asked.batches) {
  game.stepD(Float64Array.from(real), game.G.forward(Float64Array.from(first), asked.n));
  game.stepG(Float64Array.from(second));
  game.mean.follow(game.G, 0.9);
  losses.push([game.lossD, game.lossG]);
}
const out = (net) => net.parameters().map((w) => [...w]);
console.log(JSON.stringify({ G: out(game.G), D: out(game.D), mean: out(game.mean), losses }));
"""

needs_node = pytest.mark.skipif(NODE is None, reason="NO NODE: no script ran")


def as_script(asked):
    """What the scripts make of it, in node."""
    return in_node(("nets.js", "game.js"), PROGRAM, asked)


def in_node(names, program, asked=None):
    """What a program prints, as JSON, that comes behind these files of the explorers, in node."""
    sources = [(SCRIPTS / name).read_text(encoding="utf-8") for name in names]
    text = "\n".join(source.replace('"use strict";', "") for source in sources)
    done = subprocess.run(
        [NODE, "-e", text + program], input=json.dumps(asked), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def flat(net):
    return [to_numpy(w.value).ravel().tolist() for w in net.parameters()]


@needs_node
@pytest.mark.parametrize("leak", [0.0, 0.2])
@pytest.mark.parametrize("saturating", [False, True])
@pytest.mark.parametrize(
    ("betas", "r1", "r2"),
    [((0.5, 0.9), 0.0, 0.0), ((0.0, 0.99), 0.1, 0.1), ((0.9, 0.99), 0.3, 0.0)],
)
def test_steps_are_the_librarys(leak, saturating, betas, r1, r2):
    backend.use("numpy", "float64")
    rng = np.random.default_rng(0)
    hidden = (lambda x: leaky_relu(x, leak)) if leak else relu
    G, mean = (MLP([2, 8, 8, 2], hidden=hidden, rng=np.random.default_rng(1)) for _ in range(2))
    D = MLP([2, 8, 8, 1], hidden=hidden, rng=rng)
    start = {"G": flat(G), "D": flat(D)}
    adam_g, adam_d = Adam(G.parameters(), 2e-3, betas), Adam(D.parameters(), 5e-3, betas)
    loss = gan.g_loss_minimax if saturating else gan.g_loss
    batches = [dict(zip(("real", "first", "second"), rng.standard_normal((3, N, 2)), strict=True))
               for _ in range(STEPS)]  # fmt: skip
    losses = []
    for batch in batches:
        fake = to_numpy(G(batch["first"]).value)
        d_loss = gan.d_step(D, adam_d, batch["real"], fake, r1, r2)
        g_loss = gan.g_step(G, D, adam_g, batch["second"], loss)
        gan.move_average(mean, G, 0.9)
        losses.append([float(d_loss), float(g_loss)])
    settings = {"hidden": [8, 8], "leak": leak, "lrG": 2e-3, "lrD": 5e-3, "betas": betas,
                "r1": r1, "r2": r2, "loss": "saturating" if saturating else "plain"}  # fmt: skip
    plain = [{name: x.ravel().tolist() for name, x in batch.items()} for batch in batches]
    found = as_script({"settings": settings, "batches": plain, "n": N, **start})
    np.testing.assert_allclose(found["losses"], losses, rtol=0, atol=SAME)
    for name, net in {"G": G, "D": D, "mean": mean}.items():
        for ours, theirs in zip(flat(net), found[name], strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=0, atol=SAME)


# Five seeds of a preset, each until it has come to what it says.
GAMES = """
const { name, steps } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const z = new Random(9).normals(2000);
const ends = [1, 2, 3, 4, 5].map((seed) => {
  const preset = PRESETS[name];
  const game = new Game(DATA[preset.data], preset, seed);
  for (let i = 0; i < steps; i++) game.play();
  const [mean, last] = [game.mean, game.G].map((net) => game.found(net.forward(z, 1000)));
  return { mean: mean.modes, last: last.modes, lossD: game.lossD };
});
console.log(JSON.stringify(ends));
"""


@needs_node
@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "says"),
    [
        ("first", lambda ends: sum(x["mean"] < 8 for x in ends) >= 3),
        ("braked", lambda ends: [x["mean"] for x in ends] == [8] * 5),
        ("level", lambda ends: [x["mean"] for x in ends] == [8] * 5),
        ("missing", lambda ends: sum(x["mean"] < 8 for x in ends) >= 3),
        ("collapse", lambda ends: all(x["last"] <= 1 for x in ends)),
        ("tilt", lambda ends: all(x["lossD"] < 0.7 and x["last"] <= 4 for x in ends)),
    ],
)
def test_a_preset_does_what_it_says_on_five_seeds(preset, says):
    names = ("nets.js", "game.js", "presets.js")
    ends = in_node(names, GAMES, {"name": preset, "steps": 3000})
    assert says(ends), ends


HALVES = """
const every = Array.from({ length: 65536 }, (_, bits) => String(half(bits)));
console.log(JSON.stringify(every));
"""


@needs_node
def test_half_floats_are_read_as_numpy_reads_them():
    found = np.array([float(x.replace("Infinity", "inf")) for x in in_node(["carried.js"], HALVES)])
    every = np.arange(65536, dtype=np.uint16).view(np.float16)
    np.testing.assert_array_equal(found, every.astype(np.float64))


@needs_node
def test_the_explorers_colours_are_those_of_the_figures():
    light = {name: pair[0] for name, pair in in_node(["looks.js"], PRINTED_COLOURS).items()}
    wanted = {"real": page.BEHIND, "fake": page.COLOURS[2], "calm": page.COLOURS[6],
              "sideReal": page.COLOURS[5], "sideFake": page.COLOURS[1],
              "lossD": page.COLOURS[3], "lossG": page.COLOURS[2], "first": page.COLOURS[0],
              "third": page.COLOURS[2], "fourth": page.COLOURS[3]}  # fmt: skip
    assert {name: light[name] for name in wanted} == wanted


PRINTED_COLOURS = "console.log(JSON.stringify(COLOURS));"

ARROWS = """
const tips = [];
const ink = { beginPath() {}, stroke() {}, moveTo() {}, lineTo: (...to) => tips.push(to) };
for (const slope of [[4, 0], [0, 8], [300, 0]]) paint.arrows(ink, [[0, 0]], [slope], "#000");
console.log(JSON.stringify(tips.filter((_, i) => i % 3 === 0)));
"""


@needs_node
def test_arrows_have_a_fixed_scale_and_are_cut_where_it_ends():
    tips = in_node(["looks.js", "paint.js"], ARROWS)
    np.testing.assert_allclose(tips, [[25, 0], [0, -50], [50, 0]])


LINES = """
console.log(JSON.stringify([
  joined([0, 0], [1, 0], 0.25), joined(null, [0.5, 0.5], 0.25), joined([0, 0], [1, 1], 0),
]));
"""


@needs_node
def test_a_line_joins_two_places_of_the_pen():
    line, first, unjoined = in_node(["pen.js"], LINES)
    assert line == [[0.25, 0], [0.5, 0], [0.75, 0], [1, 0]]
    assert first == [[0.5, 0.5]]
    assert unjoined == [[1, 1]]
