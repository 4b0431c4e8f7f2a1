"""A lesson in the format of today, small and quick, for the tests of the machinery."""

SAMPLE = '''\
# %% [markdown]
# # 7. A sample of $x_i$
#
# We add *two* numbers, where $x \\\\sim p$.

# %% Knobs
from lessons.support import claim, keep, options

knobs = options("sample", data="digits", seed=0)
lr = 0.5  # the step
widths = (8,
          4)  # of the layers
way = "plain"  # or "bold"

# %% [markdown]
# ## The sum
#
# A **gradient** is what we follow.
#
# $$\\\\sum_{i=1}^{2} x_i = 3$$
#
# **Predict.** What is the sum of 1 and 2?

# %%
total = 1 + 2
print("the sum is", total)

# %% [markdown]
# Three, as always. And a step of half the way leads to
#
# ## A figure

# %%
reached = lr * total
claim(reached == 1.5, "the step leads to 1.5", f"{reached:g}")
claim(way == "plain", "the way is plain")

# %% Show where it leads tags=["hide-input"]
from matplotlib.figure import Figure

keep(Figure(figsize=(1, 1)), "way")

# %% [markdown] tags=["footer"]
# ## Try
#
# 1. `lr=0.25`: Half the step. Where does it lead?
#
#    **Answer.** Half as far, to
#    three quarters.
#
# 2. `widths=(2, 2) way=bold seed=1`: And a bold way?
#
#    **Answer.** It is as long as the plain one.
#
# ## Exercises
# None yet.
#
# ## For maintainers
# **Takes** 2 minutes to read, 1 s to run.
# **Recorded** with quick=False data=digits seed=0 backend=numpy lr=0.5 widths=(8, 4)
# way=plain (2026-11-29)
# **Measured** nothing.
'''.replace("\\\\", "\\")

# And with much to read and to wait for.
LONG = '''

# %% [markdown]
# ## Much to read

# %%
for number in range(60):
    print("row", number)

# %% [markdown]
# ## Much to wait for

# %%
import time

from lessons.support import progress

words = "a loss of 0.123, a bound of -23.4 nats, and the last word is: here"
for _ in progress(range(20), describe=lambda step: words):
    time.sleep(0.05)

# %% [markdown]
# ## A tall page
#
# - one
# - two
# - three
# - four
# - five
# - six
# - seven
# - eight
# - nine
# - ten
# - eleven
# - twelve
# - thirteen
# - fourteen
# - fifteen
# - sixteen
# - seventeen
# - eighteen
# - nineteen
# - twenty

# %%
late = 7
'''
HEAD, FOOTER = SAMPLE.split("# %% [markdown] tags=")
WHOLE = f"{HEAD.rstrip()}{LONG}\n# %% [markdown] tags={FOOTER}"
