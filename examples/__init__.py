"""Small real models to prove, and the scripts that made them."""
