"""Plugins' commands, run in fresh copies of repositories and judged by what they leave behind."""

from launch.smoke.matrix import FILE, Matrix
from launch.smoke.results import Results, Run, Showstopper
from launch.smoke.run import Bench

__all__ = ["FILE", "Bench", "Matrix", "Results", "Run", "Showstopper"]
