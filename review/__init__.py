"""The program of a review stack; its configuration is written by `launch review`."""
