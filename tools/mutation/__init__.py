"""Policy mutation testing: weaken the declared security in every listed way, and check that each way is detected."""
