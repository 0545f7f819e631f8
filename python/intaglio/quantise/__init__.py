"""From a float graph and calibration data to an integer program, with an honest report of what it costs in fidelity."""
