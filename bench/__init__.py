"""Measures Laurels beside a bare echo and the flow it replaces; see README.md."""
