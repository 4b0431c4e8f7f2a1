"""Others' packages warn of what they themselves have outlived when they are imported."""


def pytest_configure(config):
    """A deprecation of theirs is no failure of theirs here; all other warnings still are."""
    config.addinivalue_line("filterwarnings", "ignore::DeprecationWarning")
