"""The benchmark and the nets that it runs."""
