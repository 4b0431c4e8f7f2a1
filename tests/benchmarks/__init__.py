"""What is measured: speed beside other frameworks, and the papers' figures."""
