"""Policy mutation testing: weaken the declared security in every listed way, and see that each way is noticed."""
