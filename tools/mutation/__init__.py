"""Policy mutation testing: weakens the declared security in every listed way, and checks that each is detected."""
