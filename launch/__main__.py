"""`python -m launch` is the command `launch`."""

from launch.cli import main

main()
