"""Exercises for lesson 8: weigh draws, foresee which unit lives, pay less, and fool two measures.

Replace each `raise` by your answer, then ask:

    python -m lessons check 8                  all of them
    python -m lessons check 8 free_bits --hint one, with a stronger hint
"""

import math

import numpy as np


def importance_weights(prior, likelihood, guess):
    """Build it. How much each cause counts if causes are drawn from a guess.

    prior, likelihood, guess: (K,) each: p(z), p(x|z) of the image at hand, and q(z) above 0.
    Returns (K,): w(z), so that the mean of w over draws from the guess is p(x).
    Example: the little machine, [4/5, 1/5] and [1/16, 9/16], with a fair coin: [0.1, 0.225].
    """
    raise NotImplementedError("How often it should be drawn, divided by how often it is drawn.")


def log_mean_weight(log_w):
    """Build it. The logarithm of the mean of k weights of each image, from their logarithms.

    Weights of images may be as small as exp(-2000), which a computer takes for 0. So factor out
    the largest weight of each image before you leave the logarithm.
    log_w: (k, N) array: log weights, a column for each image. Write it without logsumexp.
    Returns (N,). Its mean over images estimates L_k.
    Example: the weights 1 and 3, [[log 1], [log 3]], have the mean 2: it gives [log 2].
    """
    raise NotImplementedError("log(a + b) = log a + log(1 + b / a), with a the larger one.")


def enclose(prior, likelihood, guess):
    """Build it. Two numbers between which log p(x) lies, for a machine whose causes are counted.

    Lower: the expectation of log w over the guess, which is L_1. Upper: the same over the
    posterior, as if the machine had drawn the image itself, so that we know a true cause.
    prior, likelihood, guess: (K,) each: p(z), p(x|z) of the image at hand, and q(z) above 0.
    Returns (lower, upper).
    Example: the little machine, [4/5, 1/5] and [1/16, 9/16], with a fair coin: (-1.897, -1.741).
    """
    raise NotImplementedError("The weights are those of importance_weights. Who draws the causes?")


def lesson_nats(eigenvalues, noise):
    """The lesson's nats of each unit of a linear VAE. For your use."""
    return 0.5 * np.log(eigenvalues / noise).clip(0)


def nats_at(eigenvalues, noise, beta):
    """Change it. The nats of each unit if the price is multiplied by beta, as in a beta-VAE.

    Change `lesson_nats`: training raises reconstruction - beta * price, with beta above 0. Go
    through the lesson's derivation: where does s come in, and where does beta?
    eigenvalues: (Z,) array of the data's covariance. noise: variance of the decoder's noise.
    Returns (Z,): nats, 0 for a unit that is dead. With beta 1 it is lesson_nats.
    """
    raise NotImplementedError("Divide all that is to be raised by beta. Which variance is it now?")


def best_noise(eigenvalues, k):
    """Change it. The variance of the noise that suits a linear VAE of k units best.

    Along an axis without a unit the machine varies by its noise alone: its bound there is
    -1/2 log(2 pi s) - eigenvalue / (2 s). Which one s makes the sum over these axes highest?
    eigenvalues: (D,) array of the data's covariance, the largest first. k: from 0 to D - 1.
    Returns one number.
    """
    raise NotImplementedError("What is the derivative of that sum with respect to s?")


def free_bits(prices, least):
    """Change it. The price of a batch in which the first `least` nats of each unit are free.

    Change the plain price, prices.sum(axis=1).mean(): average each unit over the batch, then let it
    cost `least` at the least, and add up the units.
    prices: (N, Z) array, nats of each image and unit. Returns one number.
    Example: prices [[0, 2], [1, 2]] and least 0.75 give 0.75 + 2 = 2.75.
    """
    raise NotImplementedError("In which order: the mean over images, the maximum, the sum?")


def fool_the_count():
    """Break it. Somebody says: "All units are active, so the code says a lot".

    Return (mean, log_var), two arrays of shape (100, 4), the guesses for 100 images by 4 units,
    such that each unit is active (the variance of its mean over the images is above 0.01), and all
    four together cost less than 0.021 nats per image.
    """
    raise NotImplementedError("What does a unit cost at the threshold? Which width is cheapest?")


def grey_pixel_weights(mean, variance, draws):
    """The weights of draws (n,) from N(mean, variance), for x = 1.5 and s = 1/4. For your use."""

    def height(x, mean, variance):
        return np.exp(-((x - mean) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)

    return height(1.5, draws, 0.25) * height(draws, 0, 1) / height(draws, mean, variance)


def poor_guess():
    """Break it. Somebody says: "Any guess will do, since its weights have the right mean".

    The grey pixel x = 1.5 has the posterior N(1.2, 0.2). Return the variance of a guess with the
    same mean, 1.2, for which the mean of 1,000 weights is nearly always less than half of p(x).
    """
    raise NotImplementedError("Where must a draw land to see the rest of the posterior?")
