"""Which stack and which database a verb works on."""
