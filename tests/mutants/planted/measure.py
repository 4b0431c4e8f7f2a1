"""What is planted in `measure/`."""

from tests.mutants.planted.mutant import Mutant

PLANTED: dict[str, list[Mutant]] = {
    "mutation of g, y or the data": [
        Mutant(
            "precision_recall: the reals are centred in place",
            "measure/given.py",
            "copies = [xp.array(x, numpy.float64) for x in points.values()]",
            "copies = [xp.asarray(x, numpy.float64) for x in points.values()]",
            "the next measure sees other data",
        ),
    ],
    "measures": [
        Mutant(
            "four_numbers: density without its k",
            "measure/samples.py",
            "density=float(balls_around_fake.mean() / k)",
            "density=float(balls_around_fake.mean())",
            "an unnormalised density: 5 for 1",
        ),
        Mutant(
            "four_numbers: a point is its own neighbour",
            "measure/samples.py",
            "distances[own - rows.start, own] = xp.inf",
            "distances[own - rows.start, own] = 0.0",
            "every ball is one neighbour too small",
        ),
        Mutant(
            "four_numbers: a neighbour too far",
            "measure/samples.py",
            "xp.partition(distances, k - 1, axis=1)[:, k - 1]",
            "xp.partition(distances, k, axis=1)[:, k]",
            "every ball is too large",
        ),
        Mutant(
            "four_numbers: recall by the real balls",
            "measure/samples.py",
            "recalled += (distances <= fake_radii).any(1).sum()",
            "recalled += (distances <= real_radii[rows, None]).any(1).sum()",
            "recall is coverage",
        ),
        Mutant(
            "four_numbers: precision of the reals",
            "measure/samples.py",
            "precision=float((balls_around_fake > 0).mean())",
            "precision=float((balls_around_fake > 0).sum() / len(real))",
            "right for as many fakes as reals",
        ),
        Mutant(
            "four_numbers: coverage of the fakes",
            "measure/samples.py",
            "coverage=float(covered / len(real))",
            "coverage=float(covered / len(fake))",
            "right for as many fakes as reals",
        ),
        Mutant(
            "four_numbers: balls without their edge",
            "measure/samples.py",
            "in_real_ball = distances <= real_radii[rows, None]",
            "in_real_ball = distances < real_radii[rows, None]",
            "repeated points lie in no ball",
        ),
        Mutant(
            "accuracy, predict: the smallest logit",
            "measure/classes.py",
            'return _logits("predict", model, x, block).argmax(1)',
            'return _logits("predict", model, x, block).argmin(1)',
            "the least likely class",
        ),
        Mutant(
            "accuracy: the share of errors",
            "measure/classes.py",
            "return float((to_numpy(logits.argmax(1)) == labels).mean())",
            "return float((to_numpy(logits.argmax(1)) != labels).mean())",
            "0.95 reads as 0.05",
        ),
        Mutant(
            "divergence: the other way round",
            "measure/classes.py",
            "return float((p[seen] * numpy.log(p[seen] / q[seen])).sum())",
            "return float((q[seen] * numpy.log(q[seen] / p[seen])).sum())",
            "it counts lost modes otherwise",
        ),
        Mutant(
            "divergence: of counts, not of shares",
            "measure/classes.py",
            "    return counts / counts.sum()\n",
            "    return counts\n",
            "an unnormalised density: more samples, more nats",
        ),
    ],
}
