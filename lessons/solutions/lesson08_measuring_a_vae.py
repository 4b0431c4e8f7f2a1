"""Solutions for lesson 8."""

import math

import numpy as np


def importance_weights(prior, likelihood, guess):
    """Return the joint probability, divided by how often the guess draws the cause."""
    return likelihood * prior / guess


def log_mean_weight(log_w):
    """Return the largest logarithm, and the logarithm of the mean of what the weights are of it."""
    largest = log_w.max(axis=0)  # (N,)
    return largest + np.log(np.exp(log_w - largest).mean(axis=0))


def lesson_nats(eigenvalues, noise):
    """Return the lesson's nats of each unit of a linear VAE."""
    return 0.5 * np.log(eigenvalues / noise).clip(0)


def nats_at(eigenvalues, noise, beta):
    """Return the nats at beta.

    Divided by beta, what is raised has the squared error over 2 beta s, and the price as it is: the
    smallest VAE with noise of variance beta s. (The constant, which has s in it, moves no weight.)
    """
    return lesson_nats(eigenvalues, beta * noise)


def free_bits(prices, least):
    """Return the sum over units of what each costs on average, at the least `least`."""
    return np.maximum(prices.mean(axis=0), least).sum()


def fool_the_count():
    """Return means of the variance 0.0121, and widths with which these cost least: m + t = 1."""
    mean = np.tile([[0.11], [-0.11]], (50, 4))
    return mean, np.full((100, 4), math.log(1 - 0.11**2))


def grey_pixel_weights(mean, variance, draws):
    """Return the weights of draws (n,) from N(mean, variance), for x = 1.5 and s = 1/4."""

    def height(x, mean, variance):
        return np.exp(-((x - mean) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)

    return height(1.5, draws, 0.25) * height(draws, 0, 1) / height(draws, mean, variance)


def poor_guess():
    """Return a variance that is far too small: no draw sees more than a part of the posterior."""
    return 0.2 / 1000
