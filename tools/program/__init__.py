"""The program, declared with stand-ins for engine and clouds."""
