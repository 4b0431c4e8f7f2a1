"""Wrong answers to lesson 12's exercises, as people give them, and what must then be said."""

MISTAKES = {
    "generator_loss": {
        "G's side of V": (
            "def generator_loss(fake_logits):\n    return -softplus(fake_logits).mean()\n",
            r"log\(1 - D\), G's side of V",
        ),
        "descends what D descends": (
            "def generator_loss(fake_logits):\n"
            "    return bce_with_logits(fake_logits, 0.0).mean()\n",
            "what D descends at fakes: G would help D",
        ),
        "a sum": (
            "def generator_loss(fake_logits):\n    return softplus(-fake_logits).sum()\n",
            "the sum over the fakes",
        ),
        "forgets the minus": (
            "def generator_loss(fake_logits):\n    return -softplus(-fake_logits).mean()\n",
            "Mind the sign",
        ),
        "a logarithm of a rounded probability": (
            "def generator_loss(fake_logits):\n    return -log(sigmoid(fake_logits)).mean()\n",
            r"at a logit of -10000: expected 10000, got inf.*work with the logit",
        ),
        "a loss that is cut from its history": (
            "def generator_loss(fake_logits):\n"
            "    return softplus(-detach(fake_logits)).mean()\n",
            "has no gradient",
        ),
        "returns nothing": (
            "def generator_loss(fake_logits):\n    softplus(-fake_logits).mean()\n",
            "None",
        ),
    },
    "precision_and_density": {
        "recall and coverage": (
            "def precision_and_density(real, made, k):\n"
            "    real, made = made, real\n"
            "    apart = ((real[:, None] - real) ** 2).sum(axis=-1)\n"
            "    radii = np.sort(apart, axis=1)[:, k]\n"
            "    inside = ((made[:, None] - real) ** 2).sum(axis=-1) <= radii\n"
            "    return inside.any(axis=1).mean(), inside.sum(axis=1).mean() / k\n",
            "balls around the made images: that is recall",
        ),
        "counts itself as a neighbour": (
            "def precision_and_density(real, made, k):\n"
            "    apart = ((real[:, None] - real) ** 2).sum(axis=-1)\n"
            "    radii = np.sort(apart, axis=1)[:, k - 1]\n"
            "    inside = ((made[:, None] - real) ** 2).sum(axis=-1) <= radii\n"
            "    return inside.any(axis=1).mean(), inside.sum(axis=1).mean() / k\n",
            "the nearest of all is the image itself",
        ),
        "forgets k": (
            "def precision_and_density(real, made, k):\n"
            "    apart = ((real[:, None] - real) ** 2).sum(axis=-1)\n"
            "    radii = np.sort(apart, axis=1)[:, k]\n"
            "    inside = ((made[:, None] - real) ** 2).sum(axis=-1) <= radii\n"
            "    return inside.any(axis=1).mean(), inside.sum(axis=1).mean()\n",
            "divided by k",
        ),
        "coverage in place of precision": (
            "def precision_and_density(real, made, k):\n"
            "    apart = ((real[:, None] - real) ** 2).sum(axis=-1)\n"
            "    radii = np.sort(apart, axis=1)[:, k]\n"
            "    inside = ((made[:, None] - real) ** 2).sum(axis=-1) <= radii\n"
            "    return inside.any(axis=0).mean(), inside.sum(axis=1).mean() / k\n",
            "That is coverage",
        ),
    },
    "smoothed_discriminator_loss": {
        "no change": (
            "def smoothed_discriminator_loss(real_logits, fake_logits, target=0.9):\n"
            "    real = bce_with_logits(real_logits, 1.0).mean()\n"
            "    return real + bce_with_logits(fake_logits, 0.0).mean()\n",
            "still asked for 1",
        ),
        "smooths the fakes too": (
            "def smoothed_discriminator_loss(real_logits, fake_logits, target=0.9):\n"
            "    real = bce_with_logits(real_logits, target).mean()\n"
            "    return real + bce_with_logits(fake_logits, 1 - target).mean()\n",
            "for real images only",
        ),
        "always 0.9": (
            "def smoothed_discriminator_loss(real_logits, fake_logits, target=0.9):\n"
            "    real = bce_with_logits(real_logits, 0.9).mean()\n"
            "    return real + bce_with_logits(fake_logits, 0.0).mean()\n",
            "for any target",
        ),
        "weighs instead": (
            "def smoothed_discriminator_loss(real_logits, fake_logits, target=0.9):\n"
            "    real = target * bce_with_logits(real_logits, 1.0).mean()\n"
            "    return real + bce_with_logits(fake_logits, 0.0).mean()\n",
            "where D = ",
        ),
        "one mean over both": (
            "def smoothed_discriminator_loss(real_logits, fake_logits, target=0.9):\n"
            "    real = bce_with_logits(real_logits, target).sum()\n"
            "    fake = bce_with_logits(fake_logits, 0.0).sum()\n"
            "    return (real + fake) / (len(real_logits) + len(fake_logits))\n",
            "average fakes and real images apart",
        ),
    },
    "leaky_step": {
        "fakes without history": (
            "def leaky_step(G, D, real, z):\n"
            "    with no_grad():\n        fake = G(z)\n"
            "    loss = bce_with_logits(D(real), 1.0).mean()\n"
            "    loss = loss + bce_with_logits(D(fake), 0.0).mean()\n"
            "    return loss, D.parameters() + G.parameters()\n",
            "made under no_grad, or detached",
        ),
        "asks for D alone": (
            "def leaky_step(G, D, real, z):\n"
            "    loss = bce_with_logits(D(real), 1.0).mean()\n"
            "    loss = loss + bce_with_logits(D(G(z)), 0.0).mean()\n"
            "    return loss, D.parameters()\n",
            "G's weights are not among the parameters",
        ),
        "G's own loss": (
            "def leaky_step(G, D, real, z):\n"
            "    loss = bce_with_logits(D(G(z)), 1.0).mean()\n"
            "    return loss, D.parameters() + G.parameters()\n",
            "D's loss is -log",
        ),
        "the loss alone": (
            "def leaky_step(G, D, real, z):\n    return bce_with_logits(D(G(z)), 0.0).mean()\n",
            r"expected a pair \(loss, parameters\)",
        ),
    },
    "impostors": {
        "copies": (
            "def impostors(images, n, rng):\n    return images[rng.permutation(len(images))[:n]]\n",
            "learnt by heart",
        ),
        "half and half": (
            "def impostors(images, n, rng):\n"
            "    a, b = rng.integers(len(images), size=(2, n))\n"
            "    return (images[a] + images[b]) / 2\n",
            "should stay in its image's ball",
        ),
        "noise": (
            "def impostors(images, n, rng):\n"
            "    first = images[rng.permutation(len(images))[:n]]\n"
            "    noise = 0.3 * rng.standard_normal(first.shape)\n"
            "    return (first + noise).clip(0, 1)\n",
            "Too far off is no good either",
        ),
        "no images": (
            "def impostors(images, n, rng):\n    return 2 + images[:n]\n",
            "nobody takes that for an image",
        ),
        "too few": (
            "def impostors(images, n, rng):\n    return images[:10]\n",
            r"expected shape \(1000, 64\), got \(10, 64\)",
        ),
    },
}
