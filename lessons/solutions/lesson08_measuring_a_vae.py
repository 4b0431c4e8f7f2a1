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


def enclose(prior, likelihood, guess):
    """Return the expectation of log w over the guess, and over the posterior."""
    w = importance_weights(prior, likelihood, guess)
    posterior = prior * likelihood / (prior * likelihood).sum()
    return (guess * np.log(w)).sum(), (posterior * np.log(w)).sum()


def lesson_nats(eigenvalues, noise):
    """Return the lesson's nats of each unit of a linear VAE."""
    return 0.5 * np.log(eigenvalues / noise).clip(0)


def nats_at(eigenvalues, noise, beta):
    """Return the nats at beta.

    Divided by beta, what is raised has the squared error over 2 beta s, and the price as it is: the
    smallest VAE with noise of variance beta s. (The constant, which has s in it, moves no weight.)
    """
    return lesson_nats(eigenvalues, beta * noise)


def best_noise(eigenvalues, k):
    """Return the mean of those left out, where -1/(2 s) + eigenvalue/(2 s^2) adds up to 0."""
    return eigenvalues[k:].mean()


def free_bits(prices, least):
    """Return the sum over units of what each costs on average, at the least `least`."""
    return np.maximum(prices.mean(axis=0), least).sum()


def fool_the_count():
    """Return means of the variance 0.010201, and the width at which they cost least: t = 1.

    The price is (m + t - 1 - log t) / 2. Its derivative with respect to t is 0 at t = 1, where the
    price is m / 2.
    """
    return np.tile([[0.101], [-0.101]], (50, 4)), np.zeros((100, 4))


def grey_pixel_weights(mean, variance, draws):
    """Return the weights of draws (n,) from N(mean, variance), for x = 1.5 and s = 1/4."""

    def height(x, mean, variance):
        return np.exp(-((x - mean) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)

    return height(1.5, draws, 0.25) * height(draws, 0, 1) / height(draws, mean, variance)


def poor_guess():
    """Return a variance that is far too small: no draw sees more than a part of the posterior."""
    return 0.2 / 1000
