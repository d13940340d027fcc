"""Cases of `make validate`, one module per topic."""
