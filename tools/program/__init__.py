"""The program, declared on stand-ins for engine and clouds."""
