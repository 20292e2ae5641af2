"""Run plugins' commands in fresh copies of repositories, and judge them by their results."""

from launch.smoke.matrix import FILE, Matrix
from launch.smoke.results import Results, Run, Showstopper
from launch.smoke.run import Bench

__all__ = ["FILE", "Bench", "Matrix", "Results", "Run", "Showstopper"]
